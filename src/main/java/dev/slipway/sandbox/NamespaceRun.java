package dev.slipway.sandbox;

import dev.slipway.layer.Layer;
import dev.slipway.sandbox.Ladder.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
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

  private final SandboxSettings settings;
  private final ScriptRun run;
  private final RunFolder folder;
  private final Path home;
  private final Removal removal;
  private final Ids ids;

  /** What the programs are told, beside what each needs for itself. */
  private final Map<String, String> told = new LinkedHashMap<>();

  NamespaceRun(SandboxSettings settings, ScriptRun run, RunFolder folder, Removal removal) {
    this.settings = settings;
    this.run = run;
    this.folder = folder;
    this.home = folder.path();
    this.removal = removal;
    this.ids = removal.ids();
  }

  Changeset run() throws IOException, InterruptedException {
    Programs.writeTo(home.resolve("programs"));
    Files.createDirectory(home.resolve("lowers"));
    Path made = Files.createFile(home.resolve("made"));
    Path tree = home.resolve("disk/tree");
    Optional<String> deviceMark = ids == Ids.ALL ? Optional.empty() : Optional.of(newMark());
    told.put("TREE", tree.toString());
    told.put("OVERLAY", ids == Ids.ALL ? OVERLAY : USER_OVERLAY);
    told.put("GROUPS_OPTION", ids == Ids.ONE ? "--keep-groups" : "--clear-groups");
    told.put("DISK", disk());
    run.limits().diskBytes().ifPresent(bytes -> told.put("DISK_BYTES", Long.toString(bytes)));
    deviceMark.ifPresent(mark -> told.put("DEVICE_MARK", mark));
    // Closed in the opposite order: a group can be removed when nothing is left in it.
    try (UnpackedLayers layers = layers();
        ControlGroups groups = groups();
        Namespace namespace = Namespace.open(home, ids, told, settings.warnings())) {
      TreeSteps steps =
          new TreeSteps(
              namespace, told, ids == Ids.ALL ? "trusted.overlay.opaque" : "user.overlay.opaque");
      if (run.view() instanceof View.Above above) {
        lower(above, layers, steps);
      }
      steps.unpack(run.beginning(), tree);
      ScriptProcess scripts = new ScriptProcess(namespace, groups, home, settings, run, told);
      scripts.run(run.script(), run.view());
      steps.removeEmpty(Files.readAllLines(made).reversed());
      if (run.afterwards().isPresent()) {
        scripts.run(run.afterwards().get(), new View.Beside());
      }
      ChangesetReader reader =
          new ChangesetReader(
              home.resolve("contents"),
              steps::lowerDirectories,
              deviceMark.map(mark -> mark.getBytes(StandardCharsets.US_ASCII)));
      return new Changeset(steps.pack(reader, settings.warnings()), folder);
    }
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

  /** Nothing that a script could have in a file by chance. */
  private static String newMark() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return "slipway device " + HexFormat.of().formatHex(random) + " ";
  }

  private String disk() {
    if (run.limits().diskBytes().isEmpty()) {
      return "folder";
    }
    return ids == Ids.ALL ? "disk" : "memory";
  }

  private UnpackedLayers layers() throws IOException {
    Path place =
        settings.cache().isPresent()
            ? settings.cache().get().resolve(ids == Ids.ALL ? "root" : "user")
            : home.resolve("layers");
    return new UnpackedLayers(place, settings.cacheBytes(), removal);
  }

  /** Has the layers unpacked that a tree lies above, and makes links to them, the highest first. */
  private void lower(View.Above above, UnpackedLayers layers, TreeSteps steps)
      throws IOException, InterruptedException {
    List<String> links = new ArrayList<>();
    for (Layer layer : above.distinct().reversed()) {
      UnpackedLayers.Unpacked unpacked = layers.get(layer, steps::unpackLayer);
      String link = Integer.toString(links.size());
      Files.createSymbolicLink(home.resolve("lowers").resolve(link), unpacked.tree());
      links.add(link);
      if (unpacked.hidesAll()) {
        break;
      }
    }
    if (!links.isEmpty()) {
      told.put("LOWER", String.join(":", links));
    }
  }
}
