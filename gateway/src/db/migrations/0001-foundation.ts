import { type Kysely, type RawBuilder, sql } from 'kysely'

/**
 * Ids are compared byte by byte (`collate "C"`), so that the order of pages is the same on every server and driver.
 * Foreign keys restrict: nothing vanishes because something else was deleted.
 */
const statements: readonly RawBuilder<unknown>[] = [
  sql`create table counter (
    name text collate "C" primary key,
    value bigint not null
  )`,

  sql`create table department (
    department_id text collate "C" primary key,
    name text not null,
    parent_id text collate "C" references department,
    sort_order integer not null,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null
  )`,
  sql`create index department_parent_id on department (parent_id)`,

  sql`create table employee (
    employee_id text collate "C" primary key,
    name text not null,
    department_id text collate "C" references department,
    manager_id text collate "C" references employee,
    is_ai_agent boolean not null,
    agent_profile jsonb,
    skills_badge jsonb not null,
    status text not null default 'active' check (status in ('active', 'disabled')),
    version integer not null default 1,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null
  )`,
  sql`create index employee_department_id on employee (department_id)`,
  sql`create index employee_manager_id on employee (manager_id)`,
  sql`create index employee_agents on employee (employee_id) where is_ai_agent and status = 'active'`,

  sql`create table employee_role (
    employee_id text collate "C" not null references employee,
    role text collate "C" not null,
    department_id text collate "C" not null default '',
    primary key (employee_id, role, department_id)
  )`,
  sql`create index employee_role_role on employee_role (role)`,

  sql`create table chat_group (
    group_id text collate "C" primary key,
    name text not null,
    description text,
    avatar text,
    creator_employee_id text collate "C" not null references employee,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    dismissed_at timestamptz(3)
  )`,

  sql`create table group_member (
    group_id text collate "C" not null references chat_group,
    employee_id text collate "C" not null references employee,
    role text not null check (role in ('owner', 'admin', 'member')),
    joined_at timestamptz(3) not null,
    primary key (group_id, employee_id)
  )`,
  sql`create index group_member_employee_id on group_member (employee_id)`,
  sql`create unique index group_member_one_owner on group_member (group_id) where role = 'owner'`,

  sql`create table credential (
    credential_id text collate "C" primary key,
    employee_id text collate "C" not null references employee,
    client_id text collate "C",
    kind text not null check (kind in ('token', 'password')),
    secret_hash text collate "C" not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3),
    revoked_at timestamptz(3)
  )`,
  sql`create index credential_employee_id on credential (employee_id)`,
  sql`create unique index credential_token on credential (secret_hash) where kind = 'token'`,

  sql`create table client_session (
    client_id text collate "C" primary key,
    employee_id text collate "C" not null references employee,
    device_info text,
    credential_id text collate "C",
    connected_at timestamptz(3) not null,
    last_seen_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    ended_at timestamptz(3),
    end_reason text check (end_reason in ('logout', 'revoked', 'surplus', 'disabled', 'expired')),
    check ((ended_at is null) = (end_reason is null))
  )`,
  sql`create index client_session_employee_id on client_session (employee_id)`,

  sql`create table request_log (
    client_id text collate "C" not null,
    seq_id text collate "C" not null,
    employee_id text collate "C" not null,
    action text not null,
    payload_hash text not null,
    response jsonb not null,
    effects jsonb,
    created_at timestamptz(3) not null,
    primary key (client_id, seq_id)
  )`,
  sql`create index request_log_created_at on request_log (created_at)`,
  sql`create index request_log_unsettled on request_log (created_at) where effects is not null`,
]

export const foundation = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
