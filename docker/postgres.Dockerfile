# PostgreSQL with the scripts by which this stack starts and follows. They are in the image, so that the permissions of a
# checkout do not matter.
FROM postgres:15-bookworm
USER root
COPY docker/postgres.sh /usr/local/bin/start-postgres
COPY docker/postgres_peer.sh /usr/local/bin/postgres-peer
RUN chmod 755 /usr/local/bin/start-postgres /usr/local/bin/postgres-peer
USER postgres
ENTRYPOINT ["start-postgres"]
CMD []
