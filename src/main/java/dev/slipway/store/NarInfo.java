package dev.slipway.store;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a binary cache says of a store path, in a file called after its hash part that ends in
 * {@code .narinfo}: a line {@code KEY: VALUE} for each thing. It is read strictly; only keys that
 * Nix does not know either are passed over.
 *
 * @param info what is to be known of the path
 * @param nar the hash and the size of its NAR, which are in {@code info} too
 * @param url where the NAR lies, from the cache's address on
 * @param compression how it is compressed
 * @param fileHash the hash of the compressed NAR, if the cache says it
 * @param fileSize its size in bytes, likewise
 * @param signatures who vouches for it: names of keys, colons, signatures in base 64
 */
record NarInfo(
    PathInfo info,
    NarHash nar,
    String url,
    NarCompression compression,
    Optional<Digest> fileHash,
    OptionalLong fileSize,
    List<String> signatures) {
  /** More than a path with all that it refers to needs. */
  static final int MOST_BYTES = 4 << 20;

  /** What Nix writes for a deriver that is not known. */
  private static final String UNKNOWN_DERIVER = "unknown-deriver";

  /** Keys that have no line of their own here. */
  private static final String SIGNATURE = "Sig";

  /** Takes a copy. */
  NarInfo {
    signatures = List.copyOf(signatures);
  }

  /**
   * Reads one.
   *
   * @param text the file
   * @param name what it is called in messages
   * @param storeDir the logical store directory
   * @throws ImageException if it is not as it should be; file and key are named
   */
  static NarInfo parse(byte[] text, String name, String storeDir) throws ImageException {
    return new Parser(name, storeDir).parse(text);
  }

  /**
   * What is signed of a path (Nix manual, "Store path signatures").
   *
   * @param path the path
   */
  static byte[] fingerprint(StorePath path, NarHash nar, Set<StorePath> references) {
    String all =
        new TreeSet<>(references)
            .stream().map(StorePath::toString).collect(Collectors.joining(","));
    return "1;%s;%s;%d;%s"
        .formatted(path, Hashes.base32(nar.digest()), nar.size(), all)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** What is signed of this path. */
  byte[] fingerprint() {
    return fingerprint(info.path(), nar, info.references());
  }

  private record Parser(
      String name, String storeDir, Map<String, String> fields, List<String> signatures) {
    Parser(String name, String storeDir) {
      this(name, storeDir, new HashMap<>(), new ArrayList<>());
    }

    NarInfo parse(byte[] text) throws ImageException {
      lines(text);
      StorePath path = path("StorePath", required("StorePath"));
      NarHash nar = new NarHash(hash("NarHash", required("NarHash")), size("NarSize"));
      Set<StorePath> references = new TreeSet<>();
      for (String reference : words(fields.getOrDefault("References", ""))) {
        if (!references.add(path("References", storeDir + "/" + reference))) {
          throw wrong("References", "it names " + reference + " twice");
        }
      }
      String deriver = fields.getOrDefault("Deriver", "");
      PathInfo info =
          new PathInfo(
              path,
              Optional.of(nar),
              references,
              deriver.isEmpty() || deriver.equals(UNKNOWN_DERIVER)
                  ? Optional.empty()
                  : Optional.of(path("Deriver", storeDir + "/" + deriver)),
              Optional.ofNullable(fields.get("CA")).filter(text1 -> !text1.isEmpty()));
      boolean hashed = fields.containsKey("FileHash");
      boolean sized = fields.containsKey("FileSize");
      return new NarInfo(
          info,
          nar,
          url(),
          compression(),
          hashed ? Optional.of(hash("FileHash", required("FileHash"))) : Optional.empty(),
          sized ? OptionalLong.of(size("FileSize")) : OptionalLong.empty(),
          signatures);
    }

    private void lines(byte[] bytes) throws ImageException {
      String text;
      try {
        text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new ImageException(name + ": it is no text", e);
      }
      if (!text.endsWith("\n")) {
        throw new ImageException(name + ": it ends in the middle of a line");
      }
      int number = 0;
      for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
        number++;
        int colon = line.indexOf(": ");
        // Values may be empty, and editors take the space away then.
        boolean empty = colon < 0 && line.endsWith(":");
        if (colon < 1 && !empty) {
          throw new ImageException(name + ":" + number + ": expected KEY: VALUE");
        }
        String key = empty ? line.substring(0, line.length() - 1) : line.substring(0, colon);
        String value = empty ? "" : line.substring(colon + 2);
        if (key.equals(SIGNATURE)) {
          signatures.add(value);
        } else if (fields.put(key, value) != null) {
          throw new ImageException(name + ":" + number + ": " + key + " is there twice");
        }
      }
    }

    private ImageException wrong(String key, String fault) {
      return new ImageException(name + ": " + key + ": " + fault);
    }

    private String required(String key) throws ImageException {
      String value = fields.get(key);
      if (value == null || value.isEmpty()) {
        throw new ImageException(name + ": it does not say " + key);
      }
      return value;
    }

    private StorePath path(String key, String text) throws ImageException {
      try {
        return StorePath.parse(storeDir, text);
      } catch (IllegalArgumentException e) {
        throw new ImageException(name + ": " + key + ": " + e.getMessage(), e);
      }
    }

    private Digest hash(String key, String text) throws ImageException {
      try {
        return NixHash.parse(text);
      } catch (IllegalArgumentException e) {
        throw new ImageException(name + ": " + key + ": " + e.getMessage(), e);
      }
    }

    private long size(String key) throws ImageException {
      String text = required(key);
      if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) == 0) {
        throw wrong(key, "expected a number of bytes, found '" + text + "'");
      }
      return Long.parseLong(text);
    }

    private static List<String> words(String text) {
      return text.isBlank() ? List.of() : List.of(text.strip().split(" +"));
    }

    /** An address below the cache's own, whatever the cache is. */
    private String url() throws ImageException {
      String url = required("URL");
      String path = url.replaceFirst("[?].*", "");
      boolean below =
          url.matches("[A-Za-z0-9._~%!$&'()*+,;=:@/?-]+")
              && !url.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
              && !path.startsWith("/")
              && List.of(path.split("/", -1)).stream()
                  .noneMatch(part -> List.of("", ".", "..").contains(part))
              && !path.matches("(?i).*%(2e|2f|00).*");
      if (!below) {
        throw wrong("URL", "expected an address within the cache, found '" + url + "'");
      }
      return url;
    }

    private NarCompression compression() throws ImageException {
      // What Nix takes for granted where it is not said.
      String word = fields.getOrDefault("Compression", "bzip2");
      return NarCompression.of(word)
          .orElseThrow(() ->
              wrong(
                  "Compression",
                  "'" + word + "' is not supported; expected one of " + NarCompression.words()));
    }
  }
}
