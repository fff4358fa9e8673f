package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/**
 * A layer of store paths as dockerTools writes it: absolute names in the {@linkplain TarDialect#PAX
 * PAX} dialect, first the directories that lead to the store, then each path with all that is below
 * it, in the order that Python sorts path components in.
 *
 * @param storeDir the store's directory as the image sees it, such as {@code /nix/store}
 * @param roots the store paths, in the order they are written in
 * @param owner who owns every member
 * @param mtime every member's time of last modification in seconds since 1970
 */
public record StoreLayer(String storeDir, List<Root> roots, Owner owner, long mtime)
    implements LayerRecipe {
  /** Changes whenever the same arguments come to give other bytes. */
  private static final String FORMAT = "slipway store layer 1";

  /**
   * A store path.
   *
   * @param archivePath its absolute path as the image sees it
   * @param file where it lies; read whatever kind of file it is, a symbolic link is not followed
   */
  public record Root(String archivePath, Path file) {
    /** Refuses a path that is not absolute or ends in a slash. */
    public Root {
      requireAbsolute(archivePath);
    }
  }

  /**
   * The owner of all members.
   *
   * @param uid the user's number
   * @param gid the group's number
   * @param userName the user's name, perhaps empty
   * @param groupName the group's name, perhaps empty
   */
  public record Owner(long uid, long gid, RawName userName, RawName groupName) {
    /** Number 0 by the name of {@code root}. */
    public static final Owner ROOT = new Owner(0, 0, RawName.of("root"), RawName.of("root"));
  }

  /** Copies the list and refuses a store that is not an absolute path. */
  public StoreLayer {
    requireAbsolute(storeDir);
    roots = List.copyOf(roots);
  }

  private static void requireAbsolute(String path) {
    if (!path.startsWith("/") || path.endsWith("/")) {
      throw new IllegalArgumentException("not an absolute path without a final slash: " + path);
    }
  }

  /** The form that its store paths have in it, one behind the other. */
  public TreeForm form() {
    return new StoreForm(owner, mtime);
  }

  /**
   * What identifies this layer's bytes, if those of the store paths are identified by their NAR
   * hashes.
   *
   * @param narHashes the hash of each root, in their order
   * @throws IllegalArgumentException if there are more or fewer hashes than roots
   */
  public Digest cacheKey(List<Digest> narHashes) {
    if (narHashes.size() != roots.size()) {
      throw new IllegalArgumentException(
          narHashes.size() + " NAR hashes for " + roots.size() + " store paths");
    }
    MessageDigest key = Digest.sha256();
    add(key, RawName.of(FORMAT));
    add(key, RawName.of(storeDir));
    add(key, RawName.of(owner.uid() + ":" + owner.gid() + ":" + mtime));
    add(key, owner.userName());
    add(key, owner.groupName());
    for (int i = 0; i < narHashes.size(); i++) {
      add(key, RawName.of(roots.get(i).archivePath()));
      key.update(narHashes.get(i).toBytes());
    }
    return Digest.ofBytes(key.digest());
  }

  /** Each part goes in behind its length, so that no two lists of parts look the same. */
  private static void add(MessageDigest key, RawName part) {
    key.update((part.length() + ":").getBytes(StandardCharsets.US_ASCII));
    key.update(part.toBytes());
  }
}
