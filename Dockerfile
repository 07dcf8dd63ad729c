# santral with what requirements.lock pins. "docker build" takes the wheel that is in dist/, so the image of a release has the
# very file that is on the package index. To make one: pipx run hatchling build -t wheel && docker build -t santral .
FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

FROM base AS build
WORKDIR /build
COPY requirements.lock dist/*.whl ./
# Into an environment without pip, which is all that the last stage takes over.
RUN python -m venv --without-pip /opt/santral && \
    python -m pip --python /opt/santral install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock && \
    python -m pip --python /opt/santral install --no-cache-dir --no-deps ./*.whl && \
    python -m pip --python /opt/santral check

FROM base
COPY --from=build /opt/santral /opt/santral
ENV PATH=/opt/santral/bin:$PATH
# Where your files are mounted. No file belongs to a user, so that any can run it.
WORKDIR /work
# The standard library comes uncompiled, and at run time nothing may be written there: a first run compiles what it imports.
RUN santral init --no-input && santral apply --sandbox --yes && find . -mindepth 1 -delete
ENV PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["santral"]
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="santral" \
      org.opencontainers.image.description="Bulutsantralim CRM integration settings as code: validate, plan and apply them from one YAML file." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
