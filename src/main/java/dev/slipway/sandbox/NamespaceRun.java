package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.Ladder.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** One run of a script in namespaces. */
final class NamespaceRun {
  /** Everything that is not the mark of a whiteout or an opaque directory is switched off. */
  private static final String OVERLAY = "redirect_dir=off,metacopy=off,index=off";

  /** The same where marks are attributes that users may set, which excludes the rest. */
  private static final String USER_OVERLAY = "userxattr,index=off";

  /**
   * As many lower directories as overlayfs takes (Linux, {@code OVL_MAX_STACK}), but for the one
   * that may be made for a run.
   */
  private static final int MOST_LAYERS = 499;

  private final SandboxSettings settings;
  private final ScriptRun run;
  private final RunFolder folder;
  private final Path home;
  private final Removal removal;
  private final Ids ids;
  private final Ladder ladder;
  private final Path tree;
  private final Optional<String> deviceMark;

  /** What the programs are told, beside what each needs for itself. */
  private final Map<String, String> told = new LinkedHashMap<>();

  NamespaceRun(
      SandboxSettings settings, Ladder ladder, ScriptRun run, RunFolder folder, Removal removal)
      throws IOException {
    this.settings = settings;
    this.run = run;
    this.folder = folder;
    this.home = folder.path();
    this.removal = removal;
    this.ids = removal.ids();
    this.ladder = ladder;
    this.tree = home.resolve("disk/tree");
    this.deviceMark =
        ids == Ids.ALL ? Optional.empty() : Optional.of(UnpackedLayers.deviceMark(cache()));
  }

  Changeset run() throws IOException, InterruptedException {
    Programs.writeTo(home.resolve("programs"));
    Files.createDirectory(home.resolve("lowers"));
    List<Layer> layers =
        run.view() instanceof View.Above above ? above.distinct() : List.<Layer>of();
    boolean overlay =
        ids != Ids.ONE
            && layers.size() <= MOST_LAYERS
            && ladder.lowers().contains(Ladder.Lowers.OVERLAY);
    tell(layers, overlay);
    // Closed in the opposite order: a group can be removed when nothing is left in it.
    try (UnpackedLayers unpacked = unpacked();
        ControlGroups groups = groups()) {
      if (overlay || layers.isEmpty()) {
        try (Namespace namespace = Namespace.open(home, ids, told, settings.warnings())) {
          if (layers.isEmpty() || namespace.hasOverlay()) {
            TreeSteps steps = steps(namespace);
            lower(layers, unpacked, steps);
            return run(namespace, groups, steps, Optional.empty());
          }
        }
        tell(layers, false);
      }
      try (Namespace namespace = Namespace.open(home, ids, told, settings.warnings())) {
        TreeSteps steps = steps(namespace);
        // For files with attributes, tar makes nodes of no kind first, which fakeroot takes
        // literally.
        boolean keepsXattrs = namespace.fakerootKey().isEmpty();
        steps.unpackMerged(MergedLayers.of(layers, keepsXattrs, home.resolve("spool")), tree);
        removal.remove(home.resolve("spool"));
        return run(namespace, groups, steps, Optional.of(steps.snapshot()));
      }
    }
  }

  private TreeSteps steps(Namespace namespace) {
    told.put("FAKEROOTKEY", namespace.fakerootKey());
    return new TreeSteps(
        namespace,
        told,
        ids == Ids.ALL ? "trusted.overlay.opaque" : "user.overlay.opaque",
        deviceMark);
  }

  /**
   * Runs everything where the layers are.
   *
   * @param copied what there was before, if the layers were copied into the tree
   */
  private Changeset run(
      Namespace namespace, ControlGroups groups, TreeSteps steps, Optional<Snapshot> copied)
      throws IOException, InterruptedException {
    Path made = Files.createFile(home.resolve("made"));
    steps.unpack(run.beginning(), tree);
    ScriptProcess scripts = new ScriptProcess(namespace, groups, home, settings, run, told);
    try {
      scripts.run(run.script(), run.view());
    } catch (ScriptFailedException | ScriptTimedOutException e) {
      keep(steps, copied, run.script());
      throw e;
    }
    List<String> mountPoints = new ArrayList<>(Files.readAllLines(made).reversed());
    copied.ifPresent(before ->
        mountPoints.removeIf(path -> before.files().containsKey(RawName.of("./" + path))));
    if (run.afterwards().isEmpty()) {
      return new Changeset(packed(steps, copied, mountPoints, "contents"), folder);
    }
    steps.removeEmpty(mountPoints);
    if (copied.isPresent()) {
      // The second script works on what is different, and sees nothing else.
      TreeNode.Directory left = packed(steps, copied, List.of(), "first");
      steps.empty();
      try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
        steps.unpack(out -> measurer.measure(new TreeLayer(left, 0), out), tree);
      }
    }
    try {
      scripts.run(run.afterwards().get(), new View.Beside());
    } catch (ScriptFailedException | ScriptTimedOutException e) {
      keep(steps, Optional.empty(), run.afterwards().get());
      throw e;
    }
    return new Changeset(packed(steps, Optional.empty(), List.of(), "contents"), folder);
  }

  /** Keeps what a script has left that has failed, if that is asked for and can be done. */
  private void keep(TreeSteps steps, Optional<Snapshot> copied, Script script)
      throws InterruptedException {
    KeptTree.keep(
        settings, script.name(), kept -> kept.write(packed(steps, copied, List.of(), "failed")));
  }

  private TreeNode.Directory packed(
      TreeSteps steps, Optional<Snapshot> before, List<String> mountPoints, String place)
      throws IOException, InterruptedException {
    ChangesetReader reader =
        new ChangesetReader(
            home.resolve(place),
            steps::lowerDirectories,
            deviceMark.map(mark -> mark.getBytes(StandardCharsets.US_ASCII)));
    if (before.isEmpty()) {
      return steps.pack(reader, mountPoints, settings.warnings());
    }
    steps.removeEmpty(mountPoints);
    return steps.pack(before.get().to(steps.snapshot()), reader, settings.warnings());
  }

  /**
   * Says what the programs shall do.
   *
   * @param overlay whether to try overlayfs, if there are any layers
   */
  private void tell(List<Layer> layers, boolean overlay) {
    boolean copying = !layers.isEmpty() && !overlay;
    told.put(
        "LIBRARIES", settings.cache().map(_ -> cache().resolve("libraries").toString()).orElse(""));
    told.put("IDS", ids.name());
    told.put("TREE", tree.toString());
    told.put("OVERLAY", "");
    if (!layers.isEmpty() && overlay) {
      told.put("OVERLAY", ids == Ids.ALL ? OVERLAY : USER_OVERLAY);
    }
    told.put("GROUPS_OPTION", ids == Ids.ONE ? "--keep-groups" : "--clear-groups");
    long bytes = run.limits().diskBytes().orElse(0);
    if (ids == Ids.ONE || copying) {
      // In memory no file gets the number of one that is gone, which would be taken for it.
      told.put("DISK", "memory");
      for (Layer layer : layers) {
        bytes += bytes == 0 ? 0 : layer.tar().size();
      }
    } else if (bytes == 0) {
      told.put("DISK", "folder");
    } else {
      told.put("DISK", ids == Ids.ALL ? "disk" : "memory");
    }
    told.put("DISK_BYTES", Long.toString(bytes));
    deviceMark.ifPresent(mark -> told.put("DEVICE_MARK", mark));
  }

  private ControlGroups groups() throws IOException {
    OptionalLong memory = run.limits().memoryBytes();
    ControlGroups groups = ControlGroups.make(memory);
    told.put("CONTROL_GROUPS", groups.procs());
    List<String> limits = new ArrayList<>();
    if (memory.isPresent() && !groups.boundMemory()) {
      settings
          .warnings()
          .accept(
              "this system lets nobody but root bound the memory of processes together: each"
                  + " process of a script has the whole of it");
      limits.add("--data=" + memory.getAsLong());
    }
    if (groups.procs().isEmpty()) {
      limits.add("--nproc=" + ControlGroups.MOST_PROCESSES);
    }
    told.put("LIMITS", String.join(" ", limits));
    return groups;
  }

  private UnpackedLayers unpacked() throws IOException {
    return new UnpackedLayers(cache(), settings.cacheBytes(), removal);
  }

  /** Where something is kept for other runs of the same user, or else for this run alone. */
  private Path cache() {
    if (settings.cache().isPresent()) {
      Path place = settings.cache().get().resolve(ids == Ids.ALL ? "root" : "user");
      try {
        if (Files.isWritable(Files.createDirectories(place))) {
          return place;
        }
      } catch (IOException e) {
        // There is no home, for instance.
      }
    }
    return home.resolve("layers");
  }

  /** Has the layers unpacked that a tree lies above, and makes links to them, the highest first. */
  private void lower(List<Layer> layers, UnpackedLayers unpacked, TreeSteps steps)
      throws IOException, InterruptedException {
    List<UnpackedLayers.Unpacked> stack = new ArrayList<>();
    for (Layer layer : layers.reversed()) {
      UnpackedLayers.Unpacked found = unpacked.get(layer, steps::unpackLayer);
      stack.add(found);
      if (found.hidesAll()) {
        break;
      }
    }
    List<Path> trees = new ArrayList<>();
    Optional<TarSource> correction =
        new ImpliedDirectories(
                stack.stream().map(UnpackedLayers.Unpacked::implied).toList(),
                new UnpackedStack(unpacked.folder(), stack, steps))
            .correction();
    if (correction.isPresent()) {
      Path implied = Files.createDirectory(home.resolve("implied"));
      steps.unpack(correction.get(), implied);
      trees.add(implied);
    }
    stack.forEach(lower -> trees.add(lower.tree()));
    List<String> links = new ArrayList<>();
    for (Path lower : trees) {
      String link = Integer.toString(links.size());
      Files.createSymbolicLink(home.resolve("lowers").resolve(link), lower);
      links.add(link);
    }
    if (!links.isEmpty()) {
      told.put("LOWER", String.join(":", links));
    }
  }
}
