import './style-nonce.ts'
import { createRoot } from 'react-dom/client'
import 'antd/dist/reset.css'
import { connection } from './connection/connection-context.tsx'
import { ConsoleApp } from './console-app.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root')
connection.restore()
createRoot(root).render(<ConsoleApp />)
