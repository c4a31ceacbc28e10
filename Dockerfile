# The image that Airbyte runs. The first stage installs, the second takes the result: no tools, no caches.
#
#   make image
#
# The same image stands in metadata.yaml; a unit test compares them.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS build
USER root
WORKDIR /build
RUN python -m venv /airbyte/venv
ENV PATH=/airbyte/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# What poetry.lock pins, by hash, but for what no destination imports, half of its size (the end of this stage would fail).
COPY .ci/locked.py .ci/locked.py
COPY poetry.lock .
RUN python .ci/locked.py slim > requirements.txt \
    && pip install --quiet --no-deps --require-hashes --requirement requirements.txt

# The package itself; its dependencies are there.
COPY pyproject.toml README.md LICENSE ./
COPY destination_hubspot_calls destination_hubspot_calls
RUN pip install --quiet --no-deps . && pip uninstall --quiet --yes pip

# botocore describes every service of AWS: S3 stays, and the services that give credentials.
# Python's own compiler keeps to what a run imports: the rest of site-packages never gets bytecode.
COPY main.py /airbyte/integration_code/main.py
RUN cd /airbyte/venv/lib/python*/site-packages \
    && find botocore/data -mindepth 1 -maxdepth 1 -type d -regextype posix-extended \
        ! -regex '.*/(s3|sts|sso|sso-oidc|signin)' -exec rm -r {} + \
    && find . -name '*.pyi' -delete \
    && env --unset=PYTHONDONTWRITEBYTECODE python -c "import boto3; boto3.client('s3', region_name='us-east-1')" \
    && env --unset=PYTHONDONTWRITEBYTECODE python -c "import pkgutil, importlib, destination_hubspot_calls as ours; \
        [importlib.import_module(room.name) for room in pkgutil.walk_packages(ours.__path__, 'destination_hubspot_calls.')]" \
    && env --unset=PYTHONDONTWRITEBYTECODE python /airbyte/integration_code/main.py spec > /dev/null

FROM ${BASE_IMAGE}
COPY --from=build /airbyte/venv /airbyte/venv
COPY main.py /airbyte/integration_code/main.py

# A state must leave the process when it is emitted, and a read-only root takes no bytecode.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRBYTE_ENTRYPOINT="/airbyte/venv/bin/python /airbyte/integration_code/main.py"
LABEL io.airbyte.name="airbyte/destination-hubspot-calls" \
      io.airbyte.version="0.1.0"

# The base image's user `airbyte`; by number, so that a cluster can see that it is not root.
USER 1000
ENTRYPOINT ["/airbyte/venv/bin/python", "/airbyte/integration_code/main.py"]
