package dev.slipway.transport;

/**
 * What it took to load an image into a daemon.
 *
 * @param present how many of its layers, from the bottom, the daemon had already
 * @param sentBytes how many bytes of layers were sent
 * @param bytes how many bytes the image's layers have
 */
public record LoadedImage(int present, long sentBytes, long bytes) {}
