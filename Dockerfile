# The vidtok command. Videos and results are in the folder that is mounted at /data:
#   docker build --tag vidtok .
#   docker run --rm --volume "$PWD:/data" --user "$(id -u)" vidtok info clip.mp4
FROM node:22-bookworm AS build
WORKDIR /src
COPY . .
RUN npm run build && node scripts/platforms/build.mjs \
  && pnpm --filter vidtok deploy --prod --legacy /app

FROM node:22-bookworm-slim
COPY --from=build /app /app
# ffmpeg and ffprobe are started by a user who did not install them.
RUN find /app/node_modules -path '*-installer*' -name 'ff*' -type f -exec chmod 755 {} + \
  && ln -s /app/bin/vidtok.js /usr/local/bin/vidtok
ENV VIDTOK_CACHE=/data/.vidtok
USER node
WORKDIR /data
ENTRYPOINT ["vidtok"]
CMD ["--help"]
