import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  sql`create table agent_run (
    run_id text collate "C" primary key,
    number bigint not null generated always as identity,
    agent_id text collate "C" not null references employee,
    asker_id text collate "C" not null references employee,
    group_id text collate "C",
    in_reply_to text collate "C" not null,
    hops integer not null,
    instance text collate "C" not null,
    end_state text check (end_state in ('done', 'failed', 'cancelled', 'timed_out')),
    reason text,
    cancelled_by text collate "C",
    created_at timestamptz(3) not null,
    started_at timestamptz(3),
    first_answer_at timestamptz(3),
    ended_at timestamptz(3),
    said integer not null default 0,
    input_tokens integer,
    output_tokens integer,
    check ((end_state is null) = (ended_at is null))
  )`,
  sql`create index agent_run_of_agent on agent_run (agent_id, created_at desc, run_id)`,
  sql`create index agent_run_under_way on agent_run (agent_id) where end_state is null`,
  sql`create index agent_run_by_time on agent_run (created_at)`,
  sql`create table agent_usage (
    agent_id text collate "C" not null references employee,
    day text collate "C" not null,
    calls integer not null,
    primary key (agent_id, day)
  )`,
  sql`create table agent_secret (
    secret_id text collate "C" primary key,
    agent_id text collate "C" not null references employee,
    kind text not null check (kind in ('webhook', 'api_key')),
    sealed text not null,
    created_at timestamptz(3) not null,
    ends_at timestamptz(3)
  )`,
  sql`create index agent_secret_of_agent on agent_secret (agent_id)`,
  sql`create table agent_silence (
    agent_id text collate "C" not null references employee,
    conversation text collate "C" not null,
    since timestamptz(3) not null,
    primary key (agent_id, conversation)
  )`,
  sql`create table agent_pause (
    agent_id text collate "C" primary key references employee,
    paused_by text collate "C" not null references employee,
    since timestamptz(3) not null
  )`,
]

export const agents = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
