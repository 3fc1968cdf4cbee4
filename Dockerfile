# The controller as one bundled file on a runtime without shell or package manager.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The image has Node; the optional packages are a Node for machines whose own is too old.
RUN npm ci --omit=optional
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian13:nonroot
ENV NODE_ENV=production NODE_OPTIONS="--enable-source-maps --max-old-space-size-percentage=75"
WORKDIR /app
COPY --from=build /build/dist/ ./
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/egress-intent.mjs"]
CMD ["controller"]
