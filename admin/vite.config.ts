import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  // The page is served under another path than its files.
  base: '/',
  publicDir: 'public',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Nothing inline: the Content-Security-Policy allows neither scripts nor images in the page itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // "use client" is for frameworks that render on a server.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/, priority: 3 },
            { name: 'mqtt', test: /node_modules[\\/](mqtt|mqtt-packet|readable-stream|buffer)[\\/]/, priority: 2 },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: {
      '/mqtt': { target: 'ws://127.0.0.1:8080', ws: true },
      '/mchat-files': 'http://127.0.0.1:8080',
    },
  },
})
