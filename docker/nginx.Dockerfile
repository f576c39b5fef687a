# nginx with its configuration, which is part of the image, and readable by its user whatever the umask of the checkout.
FROM nginx:1.22
COPY nginx /etc/nginx/wallet
RUN chmod -R a+rX /etc/nginx/wallet
USER nginx
# Graceful shutdown: requests in flight are completed.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/etc/nginx/wallet/start.sh"]
CMD []
