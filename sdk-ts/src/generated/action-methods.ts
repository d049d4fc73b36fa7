// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.

import type { RequestOptions } from '../requests.ts'
import type {
  ActionName,
  InputOf,
  OutputOf,
  AuthBindInput,
  AuthBindOutput,
  AuthLogoutInput,
  AuthLogoutOutput,
  AuthChallengeInput,
  AuthChallengeOutput,
  AuthTotpStatusInput,
  AuthTotpStatusOutput,
  AuthTotpEnrollInput,
  AuthTotpEnrollOutput,
  AuthTotpConfirmInput,
  AuthTotpConfirmOutput,
  AuthTotpRenewCodesInput,
  AuthTotpRenewCodesOutput,
  AuthTotpRemoveInput,
  AuthTotpRemoveOutput,
  AuthzExplainInput,
  AuthzExplainOutput,
  SessionListInput,
  SessionListOutput,
  SessionRevokeInput,
  SessionRevokeOutput,
  DeviceListInput,
  DeviceListOutput,
  DeviceAddInput,
  DeviceAddOutput,
  EmployeeCreateInput,
  EmployeeCreateOutput,
  EmployeeUpdateInput,
  EmployeeUpdateOutput,
  EmployeeGetInput,
  EmployeeGetOutput,
  EmployeeListInput,
  EmployeeListOutput,
  EmployeeDeleteInput,
  EmployeeDeleteOutput,
  EmployeeResetCredentialsInput,
  EmployeeResetCredentialsOutput,
  EmployeeImportInput,
  EmployeeImportOutput,
  EmployeeExportInput,
  EmployeeExportOutput,
  DepartmentCreateInput,
  DepartmentCreateOutput,
  DepartmentUpdateInput,
  DepartmentUpdateOutput,
  DepartmentDeleteInput,
  DepartmentDeleteOutput,
  DepartmentGetInput,
  DepartmentGetOutput,
  DepartmentListInput,
  DepartmentListOutput,
  OrgTreeInput,
  OrgTreeOutput,
  GroupCreateInput,
  GroupCreateOutput,
  GroupUpdateInput,
  GroupUpdateOutput,
  GroupGetInput,
  GroupGetOutput,
  GroupListInput,
  GroupListOutput,
  GroupMemberListInput,
  GroupMemberListOutput,
  GroupMemberAddInput,
  GroupMemberAddOutput,
  GroupMemberRemoveInput,
  GroupMemberRemoveOutput,
  GroupLeaveInput,
  GroupLeaveOutput,
  GroupSetRoleInput,
  GroupSetRoleOutput,
  GroupTransferInput,
  GroupTransferOutput,
  GroupDismissInput,
  GroupDismissOutput,
  MsgSendPrivateInput,
  MsgSendPrivateOutput,
  MsgSendGroupInput,
  MsgSendGroupOutput,
  MsgVerifyInput,
  MsgVerifyOutput,
  MsgReadAckInput,
  MsgReadAckOutput,
  MsgRecallInput,
  MsgRecallOutput,
  MsgEditInput,
  MsgEditOutput,
  MsgReactInput,
  MsgReactOutput,
  MsgTypingInput,
  MsgTypingOutput,
  SyncRelayInput,
  SyncRelayOutput,
  AgentCapabilityListInput,
  AgentCapabilityListOutput,
  AgentSetSecretInput,
  AgentSetSecretOutput,
  AgentCancelInput,
  AgentCancelOutput,
  AgentResumeInput,
  AgentResumeOutput,
  AgentRunsInput,
  AgentRunsOutput,
  AgentStatsInput,
  AgentStatsOutput,
  AgentTestInput,
  AgentTestOutput,
  AgentDisableInput,
  AgentDisableOutput,
  AgentEnableInput,
  AgentEnableOutput,
  AgentReplyInput,
  AgentReplyOutput,
  AgentDeltaInput,
  AgentDeltaOutput,
  AgentStatusInput,
  AgentStatusOutput,
  FileUploadUrlInput,
  FileUploadUrlOutput,
  FilePartUrlsInput,
  FilePartUrlsOutput,
  FileUploadStatusInput,
  FileUploadStatusOutput,
  FileCompleteInput,
  FileCompleteOutput,
  FileDownloadUrlInput,
  FileDownloadUrlOutput,
  FileDeleteInput,
  FileDeleteOutput,
  AuditListInput,
  AuditListOutput,
  AuditExportInput,
  AuditExportOutput,
  AuditVerifyInput,
  AuditVerifyOutput,
  SystemAnnounceInput,
  SystemAnnounceOutput,
  StatsOverviewInput,
  StatsOverviewOutput,
  ConfigServerInput,
  ConfigServerOutput,
  ConfigStorageInput,
  ConfigStorageOutput,
} from './types.ts'

export interface AuthActions {
  /**
   * Opens (or renews) the session of this client_id. Where the broker has checked who connects, no token is needed.
   *
   * Who: Any connection; the action itself checks the credential.
   *
   * @throws {RequestRejectedError} `bad_credentials`, or a common reason (contract section 3)
   */
  bind(input: AuthBindInput, options?: RequestOptions): Promise<AuthBindOutput>
  /**
   * Ends the session of this client_id: subscriptions and queued messages are dropped.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `seq_id_reused`, `revocation_pending`, or a common reason (contract section 3)
   */
  logout(input?: AuthLogoutInput, options?: RequestOptions): Promise<AuthLogoutOutput>
  /**
   * Asks for a second factor for one sensitive request, which then carries `challenge_id` and `token`: the code of the authenticator (or a recovery code), or the one that is delivered to the other devices.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `challenge_unavailable`, `seq_id_reused`, or a common reason (contract section 3)
   */
  challenge(input: AuthChallengeInput, options?: RequestOptions): Promise<AuthChallengeOutput>
  /**
   * Whether an employee uses an authenticator app, and how many of the recovery codes are left.
   *
   * Who: The employee it is about, or `org.manage` over that employee.
   *
   * @throws {RequestRejectedError} `employee_not_found`, or a common reason (contract section 3)
   */
  totpStatus(input?: AuthTotpStatusInput, options?: RequestOptions): Promise<AuthTotpStatusOutput>
  /**
   * Begins to use an authenticator app: shows its secret once. It counts from auth.totp_confirm on.
   *
   * Who: Any employee with a session.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * `otpauth_url` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `challenge_required`, `challenge_failed`, `seq_id_reused`, `totp_enrolled`, or a common reason (contract section 3)
   */
  totpEnroll(input?: AuthTotpEnrollInput, options?: RequestOptions): Promise<AuthTotpEnrollOutput>
  /**
   * Proves that the authenticator shows the right codes, and answers the codes to keep for when it is lost.
   *
   * Who: Any employee with a session.
   *
   * `recovery_codes` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `challenge_failed`, `seq_id_reused`, `totp_enrolled`, `totp_not_enrolled`, or a common reason (contract section 3)
   */
  totpConfirm(input: AuthTotpConfirmInput, options?: RequestOptions): Promise<AuthTotpConfirmOutput>
  /**
   * Answers new recovery codes; those from before work no more.
   *
   * Who: Any employee with a session.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * `recovery_codes` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `challenge_required`, `challenge_failed`, `seq_id_reused`, `totp_not_enrolled`, or a common reason (contract section 3)
   */
  totpRenewCodes(input?: AuthTotpRenewCodesInput, options?: RequestOptions): Promise<AuthTotpRenewCodesOutput>
  /**
   * Stops using the authenticator, the own one or that of an employee who has lost it.
   *
   * Who: The employee it is about, or `org.manage` over that employee by somebody who holds everything they hold.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * @throws {RequestRejectedError} `challenge_required`, `challenge_failed`, `employee_not_found`, `seq_id_reused`, `totp_not_enrolled`, or a common reason (contract section 3)
   */
  totpRemove(input?: AuthTotpRemoveInput, options?: RequestOptions): Promise<AuthTotpRemoveOutput>
}

export interface AuthzActions {
  /**
   * Says whether an employee may do something now, by which rule, and which condition decides it.
   *
   * Who: Everybody for themselves; `org.manage` over the employee (`agent.manage` for AI agents) for others.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, or a common reason (contract section 3)
   */
  explain(input: AuthzExplainInput, options?: RequestOptions): Promise<AuthzExplainOutput>
}

export interface SessionActions {
  /**
   * The sessions of an employee: one for each device.
   *
   * Who: The employee it is about, or `org.manage` over that employee.
   *
   * @throws {RequestRejectedError} `employee_not_found`, or a common reason (contract section 3)
   */
  list(input?: SessionListInput, options?: RequestOptions): Promise<SessionListOutput>
  /**
   * Ends a session at once, or takes away the credential of a device that has none. Its client_id cannot come back with the credential it used; a credential of that device alone is revoked, one that other devices share goes on working for them (see employee.reset_credentials).
   *
   * Who: The session's owner, or `org.manage` over that employee by somebody who holds everything they hold.
   *
   * @throws {RequestRejectedError} `session_not_found`, `seq_id_reused`, `revocation_pending`, or a common reason (contract section 3)
   */
  revoke(input: SessionRevokeInput, options?: RequestOptions): Promise<SessionRevokeOutput>
}

export interface DeviceActions {
  /**
   * The devices of an employee that have a credential of their own; session.revoke takes it away.
   *
   * Who: The employee it is about, or `org.manage` over that employee.
   *
   * @throws {RequestRejectedError} `employee_not_found`, or a common reason (contract section 3)
   */
  list(input?: DeviceListInput, options?: RequestOptions): Promise<DeviceListOutput>
  /**
   * Makes a credential of its own for one more device.
   *
   * Who: The employee it is about, or `org.manage` over that employee by somebody who holds everything they hold.
   *
   * `mqtt_connection.mqtt_password` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `employee_not_found`, `seq_id_reused`, `too_many_devices`, `revocation_pending`, or a common reason (contract section 3)
   */
  add(input: DeviceAddInput, options?: RequestOptions): Promise<DeviceAddOutput>
}

export interface EmployeeActions {
  /**
   * Adds a person or an AI agent and answers how to connect; the password is in the first answer only.
   *
   * Who: `org.manage` over the department; for AI agents `agent.manage` will do.
   *
   * `mqtt_connection.mqtt_password`, `webhook_secret` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `field_forbidden`, `employee_not_found`, `department_not_found`, `group_not_found`, `seq_id_reused`, `id_taken`, `group_full`, `too_many_groups`, `revocation_pending`, or a common reason (contract section 3)
   */
  create(input: EmployeeCreateInput, options?: RequestOptions): Promise<EmployeeCreateOutput>
  /**
   * Changes an employee. Setting `status` to `disabled` ends everything of theirs at once.
   *
   * Who: `org.manage` over the employee (`agent.manage` for AI agents); everybody for themselves.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * @throws {RequestRejectedError} `field_forbidden`, `challenge_required`, `challenge_failed`, `employee_not_found`, `department_not_found`, `group_not_found`, `seq_id_reused`, `version_conflict`, `manager_cycle`, `last_owner`, `group_full`, `too_many_groups`, `revocation_pending`, or a common reason (contract section 3)
   */
  update(input: EmployeeUpdateInput, options?: RequestOptions): Promise<EmployeeUpdateOutput>
  /**
   * One employee.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `employee_not_found`, or a common reason (contract section 3)
   */
  get(input: EmployeeGetInput, options?: RequestOptions): Promise<EmployeeGetOutput>
  /**
   * Employees in the order of their ids: all, or those of a department, with a role, or matching a text.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `department_not_found`, or a common reason (contract section 3)
   */
  list(input?: EmployeeListInput, options?: RequestOptions): Promise<EmployeeListOutput>
  /**
   * Disables an employee who leaves: sessions end, credentials stop working, groups are left. Groups they own and people who report to them are handed over. Made active again by employee.update, they come back without any of these.
   *
   * Who: `org.manage` over the employee (`agent.manage` for AI agents) by somebody who holds everything they hold.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * @throws {RequestRejectedError} `challenge_required`, `challenge_failed`, `employee_not_found`, `seq_id_reused`, `last_owner`, `revocation_pending`, or a common reason (contract section 3)
   */
  delete(input: EmployeeDeleteInput, options?: RequestOptions): Promise<EmployeeDeleteOutput>
  /**
   * Makes a new credential; all the old ones stop working and every session ends, at once or when the overlap is over.
   *
   * Who: The employee it is about, or `org.manage` over that employee by somebody who holds everything they hold.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * `mqtt_connection.mqtt_password` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `challenge_required`, `challenge_failed`, `employee_not_found`, `seq_id_reused`, `revocation_pending`, or a common reason (contract section 3)
   */
  resetCredentials(input?: EmployeeResetCredentialsInput, options?: RequestOptions): Promise<EmployeeResetCredentialsOutput>
  /**
   * Adds and changes people, one a row, in one transaction. Good rows are done although others are wrong, which are left out whole and reported; a dry run only says what would happen.
   *
   * Who: `org.manage`, if only over a department; each row is judged like adding or changing that person alone.
   *
   * `rows[].credential.mqtt_password` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `seq_id_reused`, `revocation_pending`, or a common reason (contract section 3)
   */
  import(input: EmployeeImportInput, options?: RequestOptions): Promise<EmployeeImportOutput>
  /**
   * The people whom the caller manages as a CSV with the columns that `employee.import` takes. Spreadsheets do not take a cell of it for a formula.
   *
   * Who: `org.manage`, over the department where one is named.
   *
   * @throws {RequestRejectedError} `department_not_found`, `no_storage`, `quota_exceeded`, `storage_unavailable`, or a common reason (contract section 3)
   */
  export(input?: EmployeeExportInput, options?: RequestOptions): Promise<EmployeeExportOutput>
}

export interface DepartmentActions {
  /**
   * Adds a department.
   *
   * Who: `org.manage` over the department above.
   *
   * @throws {RequestRejectedError} `department_not_found`, `seq_id_reused`, `id_taken`, or a common reason (contract section 3)
   */
  create(input: DepartmentCreateInput, options?: RequestOptions): Promise<DepartmentCreateOutput>
  /**
   * Renames, moves or reorders a department.
   *
   * Who: `org.manage` over the department.
   *
   * @throws {RequestRejectedError} `field_forbidden`, `department_not_found`, `seq_id_reused`, `department_cycle`, or a common reason (contract section 3)
   */
  update(input: DepartmentUpdateInput, options?: RequestOptions): Promise<DepartmentUpdateOutput>
  /**
   * Removes a department that has neither people nor departments in it.
   *
   * Who: `org.manage` over the department.
   *
   * @throws {RequestRejectedError} `department_not_found`, `seq_id_reused`, `department_not_empty`, or a common reason (contract section 3)
   */
  delete(input: DepartmentDeleteInput, options?: RequestOptions): Promise<DepartmentDeleteOutput>
  /**
   * One department.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `department_not_found`, or a common reason (contract section 3)
   */
  get(input: DepartmentGetInput, options?: RequestOptions): Promise<DepartmentGetOutput>
  /**
   * Departments in the order of their ids, or those directly below one.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `department_not_found`, or a common reason (contract section 3)
   */
  list(input?: DepartmentListInput, options?: RequestOptions): Promise<DepartmentListOutput>
}

export interface OrgActions {
  /**
   * The organisation, or the part below one department; only what a directory shows.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `department_not_found`, or a common reason (contract section 3)
   */
  tree(input?: OrgTreeInput, options?: RequestOptions): Promise<OrgTreeOutput>
}

export interface GroupActions {
  /**
   * Creates a group; the caller owns it and is a member. Every member hears `group_created`.
   *
   * Who: Whoever holds `group.create`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `seq_id_reused`, `id_taken`, `group_full`, `too_many_groups`, `revocation_pending`, or a common reason (contract section 3)
   */
  create(input: GroupCreateInput, options?: RequestOptions): Promise<GroupCreateOutput>
  /**
   * Changes name, description or avatar of a group.
   *
   * Who: The owner or an admin of the group, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_admin`, `group_not_found`, `seq_id_reused`, or a common reason (contract section 3)
   */
  update(input: GroupUpdateInput, options?: RequestOptions): Promise<GroupUpdateOutput>
  /**
   * One group, and the role of the caller in it.
   *
   * Who: Members of the group, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `group_not_found`, or a common reason (contract section 3)
   */
  get(input: GroupGetInput, options?: RequestOptions): Promise<GroupGetOutput>
  /**
   * The caller's groups, or with `all` every group, in the order of their ids.
   *
   * Who: Any employee for their own groups; `group.manage` for all.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  list(input?: GroupListInput, options?: RequestOptions): Promise<GroupListOutput>
  /**
   * The members of a group in the order of their ids.
   *
   * Who: Members of the group, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `group_not_found`, or a common reason (contract section 3)
   */
  memberList(input: GroupMemberListInput, options?: RequestOptions): Promise<GroupMemberListOutput>
  /**
   * Adds members; those who are already in are left as they are.
   *
   * Who: The owner or an admin of the group, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_admin`, `employee_not_found`, `group_not_found`, `seq_id_reused`, `group_full`, `too_many_groups`, `revocation_pending`, or a common reason (contract section 3)
   */
  memberAdd(input: GroupMemberAddInput, options?: RequestOptions): Promise<GroupMemberAddOutput>
  /**
   * Removes members; once answered, nothing published later reaches them.
   *
   * Who: The owner of the group, an admin where no other admin is concerned, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_admin`, `not_group_owner`, `group_not_found`, `seq_id_reused`, `group_owner_must_transfer`, `revocation_pending`, or a common reason (contract section 3)
   */
  memberRemove(input: GroupMemberRemoveInput, options?: RequestOptions): Promise<GroupMemberRemoveOutput>
  /**
   * Leaves a group. The owner hands it over first.
   *
   * Who: Members of the group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `seq_id_reused`, `group_owner_must_transfer`, `revocation_pending`, or a common reason (contract section 3)
   */
  leave(input: GroupLeaveInput, options?: RequestOptions): Promise<GroupLeaveOutput>
  /**
   * Makes a member an admin of the group, or an ordinary member again; another admin only by the owner.
   *
   * Who: The owner of the group, an admin where no other admin is concerned, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_admin`, `not_group_owner`, `group_not_found`, `member_not_found`, `seq_id_reused`, `group_owner_must_transfer`, or a common reason (contract section 3)
   */
  setRole(input: GroupSetRoleInput, options?: RequestOptions): Promise<GroupSetRoleOutput>
  /**
   * Hands the group over to another member; the old owner stays as an admin.
   *
   * Who: The owner of the group, or `group.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_owner`, `group_not_found`, `member_not_found`, `seq_id_reused`, or a common reason (contract section 3)
   */
  transfer(input: GroupTransferInput, options?: RequestOptions): Promise<GroupTransferOutput>
  /**
   * Dissolves a group; every member hears `group_dismissed`, nothing can be sent to it any more.
   *
   * Who: The owner of the group, or `group.manage`.
   * Sensitive: needs a second factor; see `ClientOptions.confirm`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_group_owner`, `challenge_required`, `challenge_failed`, `group_not_found`, `seq_id_reused`, `revocation_pending`, or a common reason (contract section 3)
   */
  dismiss(input: GroupDismissInput, options?: RequestOptions): Promise<GroupDismissOutput>
}

export interface MsgActions {
  /**
   * Sends a message to one employee. Code 0 means that it is with every session of the recipient.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `content_blocked`, `employee_not_found`, `agent_timeout`, `agent_failed`, or a common reason (contract section 3)
   */
  sendPrivate(input: MsgSendPrivateInput, options?: RequestOptions): Promise<MsgSendPrivateOutput>
  /**
   * Sends a message to a group. Code 0 means that it is with every session of every member.
   *
   * Who: Members of the group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `content_blocked`, `agent_timeout`, `agent_failed`, or a common reason (contract section 3)
   */
  sendGroup(input: MsgSendGroupInput, options?: RequestOptions): Promise<MsgSendGroupOutput>
  /**
   * Says of delivered messages whether this deployment relayed exactly them; with `attest` it signs that.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  verify(input: MsgVerifyInput, options?: RequestOptions): Promise<MsgVerifyOutput>
  /**
   * Tells the writer that messages were read, and the own other devices too.
   *
   * Who: Any employee in a private conversation; members in a group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, `message_not_found`, or a common reason (contract section 3)
   */
  readAck(input: MsgReadAckInput, options?: RequestOptions): Promise<MsgReadAckOutput>
  /**
   * Asks every client to withdraw a message; by its writer, in a group also by the admins.
   *
   * Who: Any employee in a private conversation; members in a group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_writer`, `employee_not_found`, `message_not_found`, or a common reason (contract section 3)
   */
  recall(input: MsgRecallInput, options?: RequestOptions): Promise<MsgRecallOutput>
  /**
   * Replaces the content of a message; by its writer.
   *
   * Who: Any employee in a private conversation; members in a group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `not_writer`, `content_blocked`, `employee_not_found`, `message_not_found`, or a common reason (contract section 3)
   */
  edit(input: MsgEditInput, options?: RequestOptions): Promise<MsgEditOutput>
  /**
   * Adds a reaction to a message, or takes it back.
   *
   * Who: Any employee in a private conversation; members in a group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, `message_not_found`, or a common reason (contract section 3)
   */
  react(input: MsgReactInput, options?: RequestOptions): Promise<MsgReactOutput>
  /**
   * Shows the others that one is typing. Published at QoS 0; there is no answer.
   *
   * Who: Any employee in a private conversation; members in a group.
   * Sent once at QoS 0 and never answered; resolves when it has been handed to the connection, or at once
   * when there is none.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, `message_not_found`, or a common reason (contract section 3)
   */
  typing(input: MsgTypingInput, options?: RequestOptions): Promise<MsgTypingOutput>
}

export interface SyncActions {
  /**
   * Passes something on to one's own other devices, e.g. the history a new device asks for.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `session_not_found`, or a common reason (contract section 3)
   */
  relay(input: SyncRelayInput, options?: RequestOptions): Promise<SyncRelayOutput>
}

export interface AgentActions {
  /**
   * The active AI agents, or those with one skill.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  capabilityList(input?: AgentCapabilityListInput, options?: RequestOptions): Promise<AgentCapabilityListOutput>
  /**
   * Gives an agent the secret that its webhook is signed with, or the key that its `openai` endpoint is asked with. It is shown once, if it was made here.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * `secret` is in the first answer only (contract 3.1, 3). When that answer was lost and
   * the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the
   * secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).
   *
   * @throws {RequestRejectedError} `employee_not_found`, `seq_id_reused`, `not_agent`, or a common reason (contract section 3)
   */
  setSecret(input: AgentSetSecretInput, options?: RequestOptions): Promise<AgentSetSecretOutput>
  /**
   * Stops a call of an agent, for whoever asked, the admins of the group, and `agent.manage`; a test for whoever makes it.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `run_not_found`, `run_over`, or a common reason (contract section 3)
   */
  cancel(input: AgentCancelInput, options?: RequestOptions): Promise<AgentCancelOutput>
  /**
   * Lets an agent answer again in a conversation that it has handed over to a person.
   *
   * Who: Members of the group, everybody for their own conversation with the agent, or `agent.manage`.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, `seq_id_reused`, `not_agent`, or a common reason (contract section 3)
   */
  resume(input: AgentResumeInput, options?: RequestOptions): Promise<AgentResumeOutput>
  /**
   * The calls of an agent, newest first: when, for whom and how they ended; nothing of what was said.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `not_agent`, or a common reason (contract section 3)
   */
  runs(input: AgentRunsInput, options?: RequestOptions): Promise<AgentRunsOutput>
  /**
   * How often an agent was called, with what end and how fast, by day; the last 7 days unless `from` and `to` say others. Both are included, at most 30 days.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `not_agent`, or a common reason (contract section 3)
   */
  stats(input: AgentStatsInput, options?: RequestOptions): Promise<AgentStatsOutput>
  /**
   * Calls an agent once with a sample message, outside any conversation: nothing is published or counted. Answers when the agent has, within its `response_timeout`.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `not_agent`, or a common reason (contract section 3)
   */
  test(input: AgentTestInput, options?: RequestOptions): Promise<AgentTestOutput>
  /**
   * Pauses an agent everywhere: it is not called and not listed until `agent.enable`. What is under way ends, and its sessions go on.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `seq_id_reused`, `not_agent`, or a common reason (contract section 3)
   */
  disable(input: AgentDisableInput, options?: RequestOptions): Promise<AgentDisableOutput>
  /**
   * Ends the pause of an agent.
   *
   * Who: Whoever holds `agent.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `seq_id_reused`, `not_agent`, or a common reason (contract section 3)
   */
  enable(input: AgentEnableInput, options?: RequestOptions): Promise<AgentEnableOutput>
  /**
   * Answers a call, of the agent that was called. What is sent again after its answer was lost is `run_over`.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `run_not_found`, `run_over`, or a common reason (contract section 3)
   */
  reply(input: AgentReplyInput, options?: RequestOptions): Promise<AgentReplyOutput>
  /**
   * Shows a piece of an answer that is being written; `agent.reply` has the whole. It may be lost, and there is no answer.
   *
   * Who: Any employee with a session.
   * Sent once at QoS 0 and never answered; resolves when it has been handed to the connection, or at once
   * when there is none.
   *
   * @throws {RequestRejectedError} `run_not_found`, `run_over`, or a common reason (contract section 3)
   */
  delta(input: AgentDeltaInput, options?: RequestOptions): Promise<AgentDeltaOutput>
  /**
   * Says that there will be no answer to a call, of the agent that was called.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `run_not_found`, `run_over`, or a common reason (contract section 3)
   */
  status(input: AgentStatusInput, options?: RequestOptions): Promise<AgentStatusOutput>
}

export interface FileActions {
  /**
   * Where to put a file: one PUT up to 100 MiB; above that an upload in parts, whose addresses file.part_urls gives. Then file.complete, and the key can be sent.
   *
   * Who: Any employee for themselves or another one; members for a group.
   *
   * @throws {RequestRejectedError} `not_group_member`, `employee_not_found`, `no_storage`, `quota_exceeded`, `storage_unavailable`, or a common reason (contract section 3)
   */
  uploadUrl(input: FileUploadUrlInput, options?: RequestOptions): Promise<FileUploadUrlOutput>
  /**
   * Where to put parts of an upload. A part that is sent again replaces the one before.
   *
   * Who: Oneself, the two of a private conversation, the members of a group: whom the file is for, by its key.
   *
   * @throws {RequestRejectedError} `no_storage`, `file_not_found`, `storage_unavailable`, or a common reason (contract section 3)
   */
  partUrls(input: FilePartUrlsInput, options?: RequestOptions): Promise<FilePartUrlsOutput>
  /**
   * Which parts of an upload have arrived, to go on where it broke off.
   *
   * Who: Oneself, the two of a private conversation, the members of a group: whom the file is for, by its key.
   *
   * @throws {RequestRejectedError} `no_storage`, `file_not_found`, `storage_unavailable`, or a common reason (contract section 3)
   */
  uploadStatus(input: FileUploadStatusInput, options?: RequestOptions): Promise<FileUploadStatusOutput>
  /**
   * Says that everything has been put there: the file is checked, and readable from now on. Asked again it answers the same.
   *
   * Who: Oneself, the two of a private conversation, the members of a group: whom the file is for, by its key.
   *
   * @throws {RequestRejectedError} `file_refused`, `no_storage`, `file_not_found`, `file_incomplete`, `quota_exceeded`, `storage_unavailable`, `scan_unavailable`, or a common reason (contract section 3)
   */
  complete(input: FileCompleteInput, options?: RequestOptions): Promise<FileCompleteOutput>
  /**
   * Where to get a file. Whoever has just lost the right to see it gets none.
   *
   * Who: Oneself, the two of a private conversation, the members of a group: whom the file is for, by its key.
   *
   * @throws {RequestRejectedError} `file_refused`, `no_storage`, `file_not_found`, `storage_unavailable`, `scan_unavailable`, or a common reason (contract section 3)
   */
  downloadUrl(input: FileDownloadUrlInput, options?: RequestOptions): Promise<FileDownloadUrlOutput>
  /**
   * Deletes a file of one’s own, or gives up an upload.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `no_storage`, `file_not_found`, `storage_unavailable`, or a common reason (contract section 3)
   */
  delete(input: FileDeleteInput, options?: RequestOptions): Promise<FileDeleteOutput>
}

export interface AuditActions {
  /**
   * The audit log, newest first. `from` is included, `to` is not.
   *
   * Who: Whoever holds `audit.read`.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  list(input?: AuditListInput, options?: RequestOptions): Promise<AuditListOutput>
  /**
   * The audit log as a file, newest first, as much as fits; ask again with `next_cursor` for the rest. Spreadsheets do not take a cell of the CSV for a formula.
   *
   * Who: Whoever holds `audit.read`.
   *
   * @throws {RequestRejectedError} `no_storage`, `quota_exceeded`, `storage_unavailable`, or a common reason (contract section 3)
   */
  export(input: AuditExportInput, options?: RequestOptions): Promise<AuditExportOutput>
  /**
   * Checks the audit log and names every row that was changed, is missing or was inserted.
   *
   * Who: Whoever holds `audit.read`.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  verify(input?: AuditVerifyInput, options?: RequestOptions): Promise<AuditVerifyOutput>
}

export interface SystemActions {
  /**
   * Tells everybody something on `system/notify`, or the people named in their inboxes. Nothing of it is stored.
   *
   * Who: Whoever holds `system.manage`.
   *
   * @throws {RequestRejectedError} `employee_not_found`, `department_not_found`, or a common reason (contract section 3)
   */
  announce(input: SystemAnnounceInput, options?: RequestOptions): Promise<SystemAnnounceOutput>
}

export interface StatsActions {
  /**
   * What goes on: who is online, messages and calls of agents over time, errors, latency, the busiest groups, and what needs attention. Numbers only, as all gateways had written them down a few seconds ago. Minutes are kept for 48 hours, hours for 60 days, days for 1095 days.
   *
   * Who: Whoever holds `system.manage`.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  overview(input: StatsOverviewInput, options?: RequestOptions): Promise<StatsOverviewOutput>
}

export interface ConfigActions {
  /**
   * What a client may know of the deployment: version, limits, features.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} with a common reason (contract section 3)
   */
  server(input?: ConfigServerInput, options?: RequestOptions): Promise<ConfigServerOutput>
  /**
   * What a client needs to put files of its own into the object store without asking for each: a grant for a while, for its own folder alone. After an upload, file.complete.
   *
   * Who: Any employee with a session.
   *
   * @throws {RequestRejectedError} `no_storage`, `storage_unavailable`, or a common reason (contract section 3)
   */
  storage(input?: ConfigStorageInput, options?: RequestOptions): Promise<ConfigStorageOutput>
}

/** Every action of the contract as a method: `group.member_add` is `group.memberAdd`. */
export abstract class ActionMethods {
  readonly auth: AuthActions
  readonly authz: AuthzActions
  readonly session: SessionActions
  readonly device: DeviceActions
  readonly employee: EmployeeActions
  readonly department: DepartmentActions
  readonly org: OrgActions
  readonly group: GroupActions
  readonly msg: MsgActions
  readonly sync: SyncActions
  readonly agent: AgentActions
  readonly file: FileActions
  readonly audit: AuditActions
  readonly system: SystemActions
  readonly stats: StatsActions
  readonly config: ConfigActions

  abstract request<A extends ActionName>(action: A, input: InputOf<A>, options?: RequestOptions): Promise<OutputOf<A>>

  constructor() {
    this.auth = {
      bind: (input, options) => this.request('auth.bind', input, options),
      logout: (input = {}, options) => this.request('auth.logout', input, options),
      challenge: (input, options) => this.request('auth.challenge', input, options),
      totpStatus: (input = {}, options) => this.request('auth.totp_status', input, options),
      totpEnroll: (input = {}, options) => this.request('auth.totp_enroll', input, options),
      totpConfirm: (input, options) => this.request('auth.totp_confirm', input, options),
      totpRenewCodes: (input = {}, options) => this.request('auth.totp_renew_codes', input, options),
      totpRemove: (input = {}, options) => this.request('auth.totp_remove', input, options),
    }
    this.authz = {
      explain: (input, options) => this.request('authz.explain', input, options),
    }
    this.session = {
      list: (input = {}, options) => this.request('session.list', input, options),
      revoke: (input, options) => this.request('session.revoke', input, options),
    }
    this.device = {
      list: (input = {}, options) => this.request('device.list', input, options),
      add: (input, options) => this.request('device.add', input, options),
    }
    this.employee = {
      create: (input, options) => this.request('employee.create', input, options),
      update: (input, options) => this.request('employee.update', input, options),
      get: (input, options) => this.request('employee.get', input, options),
      list: (input = {}, options) => this.request('employee.list', input, options),
      delete: (input, options) => this.request('employee.delete', input, options),
      resetCredentials: (input = {}, options) => this.request('employee.reset_credentials', input, options),
      import: (input, options) => this.request('employee.import', input, options),
      export: (input = {}, options) => this.request('employee.export', input, options),
    }
    this.department = {
      create: (input, options) => this.request('department.create', input, options),
      update: (input, options) => this.request('department.update', input, options),
      delete: (input, options) => this.request('department.delete', input, options),
      get: (input, options) => this.request('department.get', input, options),
      list: (input = {}, options) => this.request('department.list', input, options),
    }
    this.org = {
      tree: (input = {}, options) => this.request('org.tree', input, options),
    }
    this.group = {
      create: (input, options) => this.request('group.create', input, options),
      update: (input, options) => this.request('group.update', input, options),
      get: (input, options) => this.request('group.get', input, options),
      list: (input = {}, options) => this.request('group.list', input, options),
      memberList: (input, options) => this.request('group.member_list', input, options),
      memberAdd: (input, options) => this.request('group.member_add', input, options),
      memberRemove: (input, options) => this.request('group.member_remove', input, options),
      leave: (input, options) => this.request('group.leave', input, options),
      setRole: (input, options) => this.request('group.set_role', input, options),
      transfer: (input, options) => this.request('group.transfer', input, options),
      dismiss: (input, options) => this.request('group.dismiss', input, options),
    }
    this.msg = {
      sendPrivate: (input, options) => this.request('msg.send_private', input, options),
      sendGroup: (input, options) => this.request('msg.send_group', input, options),
      verify: (input, options) => this.request('msg.verify', input, options),
      readAck: (input, options) => this.request('msg.read_ack', input, options),
      recall: (input, options) => this.request('msg.recall', input, options),
      edit: (input, options) => this.request('msg.edit', input, options),
      react: (input, options) => this.request('msg.react', input, options),
      typing: (input, options) => this.request('msg.typing', input, options),
    }
    this.sync = {
      relay: (input, options) => this.request('sync.relay', input, options),
    }
    this.agent = {
      capabilityList: (input = {}, options) => this.request('agent.capability_list', input, options),
      setSecret: (input, options) => this.request('agent.set_secret', input, options),
      cancel: (input, options) => this.request('agent.cancel', input, options),
      resume: (input, options) => this.request('agent.resume', input, options),
      runs: (input, options) => this.request('agent.runs', input, options),
      stats: (input, options) => this.request('agent.stats', input, options),
      test: (input, options) => this.request('agent.test', input, options),
      disable: (input, options) => this.request('agent.disable', input, options),
      enable: (input, options) => this.request('agent.enable', input, options),
      reply: (input, options) => this.request('agent.reply', input, options),
      delta: (input, options) => this.request('agent.delta', input, options),
      status: (input, options) => this.request('agent.status', input, options),
    }
    this.file = {
      uploadUrl: (input, options) => this.request('file.upload_url', input, options),
      partUrls: (input, options) => this.request('file.part_urls', input, options),
      uploadStatus: (input, options) => this.request('file.upload_status', input, options),
      complete: (input, options) => this.request('file.complete', input, options),
      downloadUrl: (input, options) => this.request('file.download_url', input, options),
      delete: (input, options) => this.request('file.delete', input, options),
    }
    this.audit = {
      list: (input = {}, options) => this.request('audit.list', input, options),
      export: (input, options) => this.request('audit.export', input, options),
      verify: (input = {}, options) => this.request('audit.verify', input, options),
    }
    this.system = {
      announce: (input, options) => this.request('system.announce', input, options),
    }
    this.stats = {
      overview: (input, options) => this.request('stats.overview', input, options),
    }
    this.config = {
      server: (input = {}, options) => this.request('config.server', input, options),
      storage: (input = {}, options) => this.request('config.storage', input, options),
    }
  }
}
