# Images of the gateway. `docker build .` makes the official one, `docker build --target standin .` the stand-in.
# `docker build --target verify .` makes that of the verifier.
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

FROM ${REGISTRY}/library/node:24-slim AS package
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json LICENSE ./
COPY verify/package.json verify/
RUN npm ci --ignore-scripts -w plano-affinity
COPY lib lib
COPY verify verify
# What compiles the package, compiled itself.
RUN npx esbuild verify/build/package.ts --outfile=verify/build/package.cjs \
    --bundle --packages=external --platform=node --target=node20 --format=cjs
RUN node -e 'require("./verify/build/package.cjs").makePrograms({ "plano-affinity": "verify/cli.ts" }, "/out")' \
    && cp LICENSE /out/

FROM ${REGISTRY}/library/node:24-slim AS verify
WORKDIR /app
COPY --from=package /out /app
# A user without a name has no home, and programs ask for it.
ENV HOME=/tmp
USER 1000:1000
ENTRYPOINT ["node", "/app/plano-affinity.mjs"]
CMD ["--help"]

# Last, and so the default.
FROM ${REGISTRY}/katanemo/plano:${PLANO_VERSION} AS plano
