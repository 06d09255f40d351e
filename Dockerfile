# Images of the gateway. `docker build .` makes the official one, `docker build --target standin .` the stand-in.
# standin/image.ts describes the stand-in's image to the sandbox, which has no Docker; a test compares.
ARG PLANO_VERSION=0.4.27
# Or a mirror with the same paths.
ARG REGISTRY=docker.io

FROM ${REGISTRY}/library/node:24-slim AS bundle
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY standin/package.json standin/
RUN npm ci --ignore-scripts -w plano-affinity-standin
COPY standin standin
RUN npx esbuild gateway=standin/gateway/main.ts stub=standin/stub/main.ts --outdir=/out \
    --bundle --platform=node --target=node20 --format=cjs --legal-comments=none

FROM ${REGISTRY}/library/node:24-slim AS standin
WORKDIR /app
COPY --from=bundle /out/gateway.js /app/gateway.js
COPY --from=bundle /out/stub.js /app/stub.js
USER 1000:1000
EXPOSE 12000 9092
ENTRYPOINT ["node"]
CMD ["/app/gateway.js"]

# Last, and so the default.
FROM ${REGISTRY}/katanemo/plano:${PLANO_VERSION} AS plano
