"""What `streamlit run app.py` finds: the frame around every page, and the server's own start, stop and routes."""

import streamlit as st

from playground.server import lifespan, middleware, routes

app = st.App("playground/frame.py", lifespan=lifespan, routes=routes, middleware=middleware)
