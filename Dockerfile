# One image for every service; docker-compose.yml says which command each runs.
FROM python:3.13-slim AS packages
COPY requirements/production.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r production.txt \
    && /opt/venv/bin/pip uninstall --yes pip

FROM node:24-slim AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY frontend ./
RUN npm run build

# Of the page only what is built goes into the image.
FROM python:3.13-slim AS sources
COPY . /app
RUN rm -r /app/frontend
COPY --from=page /page/dist /app/frontend/dist

FROM python:3.13-slim
RUN groupadd --gid 10001 insightboard \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin insightboard \
    && install --directory --owner=10001 --group=10001 --mode=0755 /run/insightboard /app
COPY --from=packages /opt/venv /opt/venv
COPY --from=sources /app /app
WORKDIR /app
RUN python -m compileall -q /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8080
USER insightboard
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["granian", "wsgi:app", "--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "warning", "--blocking-threads", "60", "--workers-kill-timeout", "15", "--respawn-failed-workers"]
