import { verifyAudit } from '../../audit/verify.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('audit.verify', ({ auditChain, auditHeads, db }, input) =>
  verifyAudit({ db, chain: auditChain, isSigned: auditHeads.isSigned }, input.from_seq),
)
