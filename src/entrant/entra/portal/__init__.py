"""The portal: pages for the emulator in the words and the order of steps that an Entra administrator knows (8.2).

A `Handler` (`handler.Portal`). Every page is a GET that shows and, where it has forms, a POST that acts and goes on to
a GET; `routes.PAGES` lists them. Pages work without scripts; only the progress of a cycle comes by itself.
"""
