package dev.slipway.store;

import dev.slipway.http.client.BasicCredentials;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Which store is meant, in the words of Nix's store URLs. */
public sealed interface StoreLocation {
  /** Nix's own store where there is one, else the embedded one. */
  record Auto() implements StoreLocation {}

  /** Nix's own store. */
  record Local() implements StoreLocation {}

  /**
   * A store whose paths are written as ever while its files lie below a folder.
   *
   * @param root the folder; objects are in {@code nix/store}, the database in {@code
   *     nix/var/nix/db}
   */
  record Chroot(Path root) implements StoreLocation {}

  /** Slipway's own store, for machines without Nix. */
  record Embedded() implements StoreLocation {}

  /**
   * A binary cache, which is only read.
   *
   * @param address its address, with the scheme {@code https}, {@code http} or {@code file}
   * @param authorization what its server is shown, as an {@code Authorization} header has it
   */
  record BinaryCache(URI address, Optional<String> authorization) implements StoreLocation {
    /** Shows no secrets. */
    @Override
    public String toString() {
      return "BinaryCache[" + address + "]";
    }
  }

  /**
   * Reads {@code auto}, {@code local}, {@code local?root=DIR}, {@code embedded}, {@code
   * https://[USER:PASSWORD@]HOST/PATH}, the same with {@code http}, or {@code file:///PATH}.
   *
   * @param text the location
   * @param directory what a relative {@code DIR} is relative to
   * @throws IllegalArgumentException if it is none of these; the message lists them
   */
  static StoreLocation parse(String text, Path directory) {
    return switch (text) {
      case "auto" -> new Auto();
      case "local" -> new Local();
      case "embedded" -> new Embedded();
      default -> parseUrl(text, directory);
    };
  }

  private static StoreLocation parseUrl(String text, Path directory) {
    String chroot = "local?root=";
    if (text.startsWith(chroot) && text.length() > chroot.length()) {
      try {
        return new Chroot(directory.resolve(text.substring(chroot.length())).normalize());
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException("the store '" + text + "' has no valid root", e);
      }
    }
    if (text.startsWith("file://")) {
      return folder(text, text.substring("file://".length()));
    }
    if (text.startsWith("http://") || text.startsWith("https://")) {
      return web(text);
    }
    if (text.matches("(file|https?|ssh|ssh-ng|s3|daemon|unix)(:.*)?")) {
      throw new IllegalArgumentException(
          "the store '" + text + "' is of a kind that is not supported yet");
    }
    throw new IllegalArgumentException(
        "unknown store '"
            + text
            + "'; expected auto, local, local?root=DIR, embedded, https://HOST/PATH,"
            + " http://HOST/PATH or file:///PATH");
  }

  private static StoreLocation folder(String text, String path) {
    if (!path.startsWith("/") || path.indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "the store '" + text + "' is no binary cache: expected file:// and an absolute path");
    }
    try {
      return new BinaryCache(Path.of(path).normalize().toUri(), Optional.empty());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("the store '" + text + "' has no valid path", e);
    }
  }

  private static StoreLocation web(String text) {
    try {
      URI whole = new URI(text);
      if (whole.getHost() != null
          && whole.getRawQuery() == null
          && whole.getRawFragment() == null) {
        String port = whole.getPort() < 0 ? "" : ":" + whole.getPort();
        URI address =
            new URI(whole.getScheme() + "://" + whole.getHost() + port + whole.getRawPath());
        return new BinaryCache(
            address, Optional.ofNullable(whole.getRawUserInfo()).map(BasicCredentials::ofUserInfo));
      }
    } catch (URISyntaxException | IllegalArgumentException _) {
      // Said below, and not with the address, which may hold a password.
    }
    throw new IllegalArgumentException(
        "an address of a binary cache is malformed: expected https://[USER:PASSWORD@]HOST/PATH");
  }
}
