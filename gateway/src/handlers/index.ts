import type { HandlerRegistry } from '../router/define-handler.ts'
import agentCancel from './agent/cancel.ts'
import agentCapabilityList from './agent/capability-list.ts'
import agentDelta from './agent/delta.ts'
import agentDisable from './agent/disable.ts'
import agentEnable from './agent/enable.ts'
import agentReply from './agent/reply.ts'
import agentResume from './agent/resume.ts'
import agentRuns from './agent/runs.ts'
import agentSetSecret from './agent/set-secret.ts'
import agentStats from './agent/stats.ts'
import agentStatus from './agent/status.ts'
import agentTest from './agent/test.ts'
import auditExport from './audit/export.ts'
import auditList from './audit/list.ts'
import auditVerify from './audit/verify.ts'
import authBind from './auth/bind.ts'
import authChallenge from './auth/challenge.ts'
import authLogout from './auth/logout.ts'
import authTotpConfirm from './auth/totp-confirm.ts'
import authTotpEnroll from './auth/totp-enroll.ts'
import authTotpRemove from './auth/totp-remove.ts'
import authTotpRenewCodes from './auth/totp-renew-codes.ts'
import authTotpStatus from './auth/totp-status.ts'
import authzExplain from './authz/explain.ts'
import configServer from './config/server.ts'
import configStorage from './config/storage.ts'
import departmentCreate from './department/create.ts'
import departmentDelete from './department/delete.ts'
import departmentGet from './department/get.ts'
import departmentList from './department/list.ts'
import departmentUpdate from './department/update.ts'
import deviceAdd from './device/add.ts'
import deviceList from './device/list.ts'
import employeeCreate from './employee/create.ts'
import employeeDelete from './employee/delete.ts'
import employeeExport from './employee/export.ts'
import employeeGet from './employee/get.ts'
import employeeImport from './employee/import.ts'
import employeeList from './employee/list.ts'
import employeeResetCredentials from './employee/reset-credentials.ts'
import employeeUpdate from './employee/update.ts'
import fileComplete from './file/complete.ts'
import fileDelete from './file/delete.ts'
import fileDownloadUrl from './file/download-url.ts'
import filePartUrls from './file/part-urls.ts'
import fileUploadStatus from './file/upload-status.ts'
import fileUploadUrl from './file/upload-url.ts'
import groupCreate from './group/create.ts'
import groupDismiss from './group/dismiss.ts'
import groupGet from './group/get.ts'
import groupLeave from './group/leave.ts'
import groupList from './group/list.ts'
import groupMemberAdd from './group/member-add.ts'
import groupMemberList from './group/member-list.ts'
import groupMemberRemove from './group/member-remove.ts'
import groupSetRole from './group/set-role.ts'
import groupTransfer from './group/transfer.ts'
import groupUpdate from './group/update.ts'
import msgEdit from './msg/edit.ts'
import msgReact from './msg/react.ts'
import msgReadAck from './msg/read-ack.ts'
import msgRecall from './msg/recall.ts'
import msgSendGroup from './msg/send-group.ts'
import msgSendPrivate from './msg/send-private.ts'
import msgTyping from './msg/typing.ts'
import msgVerify from './msg/verify.ts'
import orgTree from './org/tree.ts'
import sessionList from './session/list.ts'
import sessionRevoke from './session/revoke.ts'
import statsOverview from './stats/overview.ts'
import syncRelay from './sync/relay.ts'
import systemAnnounce from './system/announce.ts'

/** What each action of the contract does. */
export const handlers = {
  'auth.bind': authBind,
  'auth.logout': authLogout,
  'auth.challenge': authChallenge,
  'auth.totp_enroll': authTotpEnroll,
  'auth.totp_confirm': authTotpConfirm,
  'auth.totp_remove': authTotpRemove,
  'auth.totp_renew_codes': authTotpRenewCodes,
  'auth.totp_status': authTotpStatus,
  'authz.explain': authzExplain,
  'session.list': sessionList,
  'session.revoke': sessionRevoke,
  'device.list': deviceList,
  'device.add': deviceAdd,
  'employee.create': employeeCreate,
  'employee.update': employeeUpdate,
  'employee.get': employeeGet,
  'employee.list': employeeList,
  'employee.delete': employeeDelete,
  'employee.import': employeeImport,
  'employee.export': employeeExport,
  'employee.reset_credentials': employeeResetCredentials,
  'department.create': departmentCreate,
  'department.update': departmentUpdate,
  'department.delete': departmentDelete,
  'department.get': departmentGet,
  'department.list': departmentList,
  'org.tree': orgTree,
  'group.create': groupCreate,
  'group.update': groupUpdate,
  'group.get': groupGet,
  'group.list': groupList,
  'group.member_list': groupMemberList,
  'group.member_add': groupMemberAdd,
  'group.member_remove': groupMemberRemove,
  'group.leave': groupLeave,
  'group.set_role': groupSetRole,
  'group.transfer': groupTransfer,
  'group.dismiss': groupDismiss,
  'msg.send_private': msgSendPrivate,
  'msg.send_group': msgSendGroup,
  'msg.verify': msgVerify,
  'msg.read_ack': msgReadAck,
  'msg.recall': msgRecall,
  'msg.edit': msgEdit,
  'msg.react': msgReact,
  'msg.typing': msgTyping,
  'sync.relay': syncRelay,
  'system.announce': systemAnnounce,
  'stats.overview': statsOverview,
  'agent.capability_list': agentCapabilityList,
  'agent.cancel': agentCancel,
  'agent.resume': agentResume,
  'agent.runs': agentRuns,
  'agent.stats': agentStats,
  'agent.test': agentTest,
  'agent.disable': agentDisable,
  'agent.enable': agentEnable,
  'agent.set_secret': agentSetSecret,
  'agent.reply': agentReply,
  'agent.delta': agentDelta,
  'agent.status': agentStatus,
  'file.upload_url': fileUploadUrl,
  'file.part_urls': filePartUrls,
  'file.upload_status': fileUploadStatus,
  'file.complete': fileComplete,
  'file.download_url': fileDownloadUrl,
  'file.delete': fileDelete,
  'audit.list': auditList,
  'audit.export': auditExport,
  'audit.verify': auditVerify,
  'config.server': configServer,
  'config.storage': configStorage,
} satisfies HandlerRegistry
