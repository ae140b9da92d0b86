"""The emulator's edge: its ASGI application, its processes, its certificate. The only asynchronous code of the emulator."""
