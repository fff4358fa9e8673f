package dev.slipway.build;

import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.layer.Content;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.ImageException;
import dev.slipway.store.Closure;
import dev.slipway.store.ClosureDatabase;
import dev.slipway.store.ReferenceScanner;
import dev.slipway.store.StorePath;
import dev.slipway.transport.ArchivedLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts Nix's database of the store paths that an image holds into the image's own layer, as the
 * original's {@code mkDbExtraCommand} does, and garbage collector's roots of what was asked for.
 *
 * <p>The database is there when scripts run, which may change its owner. Which paths the image
 * holds is known only when they have ended, since they may refer to more: {@link #complete} then
 * puts another in its place, unless a script has changed it.
 */
final class NixDatabaseFiles {
  /** Where Nix keeps its database. */
  static final String DATABASE = "nix/var/nix/db/db.sqlite";

  /** Where Nix writes down which tables it has. */
  static final String SCHEMA = "nix/var/nix/db/schema";

  private static final String ROOTS = "nix/var/nix/gcroots/";
  private static final int FOLDER_MODE = 0755;
  private static final int FILE_MODE = 0644;

  private final DockerTools.Settings settings;
  private final String image;
  private final Progress progress;
  private final ClosureDatabase databases;
  private final Path folder;
  private final Optional<BaseDatabase> base;
  private final boolean baseWins;
  private final long uid;
  private final long gid;
  private final TreePaths paths;

  private Closure registered = Closure.of(Set.of());
  private Content database = Content.NONE;
  private int written;

  /** To whom the files belong. */
  record Owner(long uid, long gid) {}

  /**
   * A database for an image.
   *
   * @param image what the image is called in messages
   * @param resources gets what deletes the files that are made
   * @param below the base's layers, from the bottom
   * @param baseWins whether objects that the base has too stay as they are there
   * @param owner whom the files belong to
   */
  NixDatabaseFiles(
      DockerTools.Settings settings,
      String image,
      Progress progress,
      Deque<Closeable> resources,
      List<ArchivedLayer> below,
      boolean baseWins,
      Owner owner)
      throws IOException {
    this.settings = settings;
    this.image = image;
    this.progress = progress;
    this.baseWins = baseWins;
    this.uid = owner.uid();
    this.gid = owner.gid();
    this.paths = new TreePaths(uid, gid);
    this.databases =
        new ClosureDatabase(
            settings.store(),
            settings.sourceDateEpoch(),
            text -> progress.warning("image '" + image + "': " + text));
    this.folder = Files.createTempDirectory(settings.temporary(), "database");
    resources.push(() -> FileTree.delete(folder));
    this.base =
        below.isEmpty()
            ? Optional.empty()
            : Optional.of(new BaseDatabase(below, Files.createDirectory(folder.resolve("base"))));
  }

  /**
   * Adds the database of {@code closure}.
   *
   * @param roots the paths in the store that the garbage collector must keep
   */
  TreeNode.Directory add(TreeNode.Directory tree, Closure closure, Collection<String> roots)
      throws IOException {
    registered = closure;
    database = write(closure);
    byte[] schema = ClosureDatabase.SCHEMA.getBytes(StandardCharsets.US_ASCII);
    TreeNode.Directory with = tree;
    try {
      with = paths.folder(with, "nix/store");
    } catch (ImageException e) {
      throw blocked(e);
    }
    with = put(with, DATABASE, file(database));
    with = put(with, SCHEMA, file(Content.of(schema)));
    // Nix makes this link itself, but only together with the folder of the roots.
    with = put(with, ROOTS + "profiles", link("/nix/var/nix/profiles"));
    Map<String, String> links = new TreeMap<>();
    for (String root : roots) {
      String name = root.substring(root.lastIndexOf('/') + 1);
      String other = links.putIfAbsent(name, root);
      if (other != null && !other.equals(root)) {
        StorePath object = StorePath.containing(settings.store().storeDir(), root);
        links.put(object.baseName(), object.toString());
      }
    }
    for (Map.Entry<String, String> entry : links.entrySet()) {
      with = put(with, ROOTS + "docker/" + entry.getKey(), link(entry.getValue()));
    }
    return with;
  }

  /**
   * The tree and which paths the image holds.
   *
   * @param tree the tree, with a database of these paths
   * @param held what it refers to, without the database, and what was added at the start
   */
  record Completed(TreeNode.Directory tree, Closure held) {}

  /**
   * Sees to it that the database knows all paths that {@code tree} refers to.
   *
   * @param tree what {@link #add} made, as scripts have left it
   * @param candidates the paths that it may refer to
   * @param measurer reads the tree
   */
  Completed complete(TreeNode.Directory tree, Closure candidates, LayerMeasurer measurer)
      throws IOException {
    TreeNode.@Nullable Regular left =
        TreePaths.find(tree, DATABASE) instanceof TreeNode.Regular file ? file : null;
    boolean ours = left != null && isStillOurs(left, measurer);
    Closure held = registered;
    if (candidates.size() > registered.size()) {
      ReferenceScanner scanner = new ReferenceScanner(candidates.paths());
      TreeNode.Directory scanned =
          ours && left != null ? put(tree, DATABASE, with(left, Content.NONE)) : tree;
      measurer.measure(new TreeLayer(scanned, settings.sourceDateEpoch()), scanner);
      Set<StorePath> found = new TreeSet<>(registered.paths());
      found.addAll(scanner.found());
      held = candidates.closure(found);
    }
    TreeNode.Directory complete = tree;
    if (!ours || left == null) {
      if (left != null && held.size() > registered.size()) {
        progress.warning(
            "image '%s': a script has changed the Nix database, which does not know the %d store"
                    .formatted(image, held.size() - registered.size())
                + " paths that only scripts refer to");
      }
      return new Completed(complete, held);
    }
    if (held.size() > registered.size()) {
      complete = put(complete, DATABASE, with(left, write(held)));
    }
    for (String companion : base.map(BaseDatabase::companions).orElse(List.of())) {
      int slash = companion.lastIndexOf('/') + 1;
      String whiteout = companion.substring(0, slash) + ".wh." + companion.substring(slash);
      complete = put(complete, whiteout, file(Content.NONE));
    }
    return new Completed(complete, held);
  }

  private Content write(Closure closure) throws IOException {
    Path file = folder.resolve("db" + written++ + ".sqlite");
    Optional<ClosureDatabase.Below> below =
        base.filter(BaseDatabase::exists)
            .map(found ->
                new ClosureDatabase.Below(found.copy(), "the base image's /" + DATABASE, baseWins));
    databases.write(file, closure, below);
    return Content.of(file);
  }

  private boolean isStillOurs(TreeNode.Regular file, LayerMeasurer measurer) throws IOException {
    return file.content().equals(database)
        || (file.content().size() == database.size()
            && digest(file.content(), measurer).equals(digest(database, measurer)));
  }

  private DiffId digest(Content content, LayerMeasurer measurer) throws IOException {
    TreeMap<RawName, TreeNode> only = new TreeMap<>();
    only.put(RawName.of("file"), file(content));
    TreeNode.Directory folder = new TreeNode.Directory(FOLDER_MODE, 0, 0, only);
    return measurer.measure(new TreeLayer(folder, settings.sourceDateEpoch()), null).diffId();
  }

  private TreeNode.Regular file(Content content) {
    return new TreeNode.Regular(FILE_MODE, uid, gid, content);
  }

  private TreeNode.Symlink link(String target) {
    return new TreeNode.Symlink(uid, gid, RawName.of(target));
  }

  private static TreeNode.Regular with(TreeNode.Regular file, Content content) {
    return new TreeNode.Regular(file.mode(), file.uid(), file.gid(), file.xattrs(), content);
  }

  private TreeNode.Directory put(TreeNode.Directory tree, String path, TreeNode node)
      throws IOException {
    try {
      return paths.put(tree, path, node);
    } catch (ImageException e) {
      throw blocked(e);
    }
  }

  private ImageException blocked(ImageException e) {
    return new ImageException(
        "image '%s': %s, so Nix's database cannot be put there".formatted(image, e.getMessage()),
        e);
  }

  /** The paths in the store that {@code roots} and {@code references} are, each once. */
  static List<String> roots(List<String> roots, Collection<StorePath> references) {
    Set<String> all = new TreeSet<>(roots);
    List<String> ordered = new ArrayList<>(roots);
    for (StorePath reference : references) {
      if (all.add(reference.toString())) {
        ordered.add(reference.toString());
      }
    }
    return ordered;
  }
}
