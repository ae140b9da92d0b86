"""The emulator's edge: its ASGI application, its processes, its certificate. Nothing else of it is asynchronous."""
