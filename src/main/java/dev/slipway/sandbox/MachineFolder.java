package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.Layer;
import dev.slipway.layer.OverlayLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * The files of a virtual machine for one run. The layers, the tree and the store's objects go in as
 * tars, one behind the other on a disk. The machine unpacks the tree on a disk as large as it may
 * become, all else on another. What the scripts have left comes out as a tar.
 */
final class MachineFolder {
  /** What the machine takes for itself beside the memory of scripts: kernel, programs, buffers. */
  private static final long OWN_MEMORY = 192L << 20;

  /** What scripts have if nobody says how much: QEMU takes it from this machine as they use it. */
  private static final long MEMORY = 2L << 30;

  private static final int PROCESSES = 4096;

  /**
   * How much larger than its tar something unpacked may be, by its smallest parts: a directory of
   * 512 bytes there takes 4096, and its inode.
   */
  private static final int ROOM = 9;

  private static final long LEAST_ROOM = 64L << 20;

  /** In bytes per inode: in that room, one for each block of a tar. */
  private static final int ROOM_INODES = 4096;

  /** As a namespace sandbox has it. */
  private static final int TREE_INODES = 8192;

  private static final long MOST_ROOM = 4L << 40;

  private final HostPrograms programs;
  private final GuestKernel kernel;
  private final ScriptRun run;
  private final Path folder;
  private final long diskBytes;
  private final long memory;
  private long roomBytes;

  MachineFolder(HostPrograms programs, GuestKernel kernel, ScriptRun run, Path folder)
      throws IOException {
    this.programs = programs;
    this.kernel = kernel;
    this.run = run;
    this.folder = folder;
    OptionalLong disk = run.limits().diskBytes();
    this.diskBytes =
        disk.isPresent()
            ? disk.getAsLong()
            : Math.clamp(Files.getFileStore(folder).getUsableSpace(), LEAST_ROOM, MOST_ROOM);
    this.memory = run.limits().memoryBytes().orElse(MEMORY);
  }

  /**
   * Makes the files that a machine is started with.
   *
   * @param keepFailed whether the tree of a script that fails is wanted
   */
  void prepare(boolean keepFailed) throws IOException, InterruptedException {
    Map<String, String> variables = new TreeMap<>();
    long size;
    try (TarDisk input = new TarDisk(folder.resolve("input"))) {
      List<TarDisk.Place> stores = new ArrayList<>();
      if (run.store().isPresent()) {
        addStore(run.store().get(), input, stores);
      }
      List<TarDisk.Place> layers =
          run.view() instanceof View.Above above
              ? addLayers(above.distinct().reversed(), input)
              : List.of();
      size = input.size();
      variables.put("STORES", joined(stores));
      variables.put("LAYERS", joined(layers));
      variables.put("BEGINNING", input.add(run.beginning()).toString());
    }
    variables.put("STORE_DIR", run.store().map(Script.VisibleStore::storeDir).orElse(""));
    variables.put("NETWORK", isOnline() ? "host" : "none");
    variables.put("PROCESSES", Integer.toString(PROCESSES));
    variables.put("MEMORY", run.limits().memoryBytes().isPresent() ? Long.toString(memory) : "");
    variables.put("KEEP", keepFailed ? "failed" : "");
    variables.put(
        "TIME",
        keepFailed
            ? run.limits()
                .time()
                .map(time -> "%d.%03d".formatted(time.toSeconds(), time.toMillisPart()))
                .orElse("")
            : "");
    variables.put("UNPACK", words(TreeSteps.UNPACK));
    variables.put("PACK", words(TreeSteps.PACK));
    Map<String, byte[]> files = new TreeMap<>();
    files.put("init", Programs.read("vm-init.sh"));
    files.put("run.conf", bytes(assignments(variables)));
    for (String program : List.of("mounts.sh", "script.sh", "mknod.sh")) {
      files.put("slipway/programs/" + program, Programs.read(program));
    }
    addScript(files, "script", run.script(), run.view());
    if (run.afterwards().isPresent()) {
      addScript(files, "afterwards", run.afterwards().get(), new View.Beside());
    }
    new Initramfs(kernel, programs, isOnline(), shell()).write(folder.resolve("initramfs"), files);
    roomBytes = size * ROOM + LEAST_ROOM;
    makeDisk("room", roomBytes, ROOM_INODES);
    makeDisk("tree", diskBytes, TREE_INODES);
    Files.write(folder.resolve("vm-host.sh"), Programs.read("vm-host.sh"));
    for (String port : List.of("changes", "over")) {
      Files.createFile(folder.resolve(port));
    }
  }

  private boolean isOnline() {
    return run.network() == ScriptRun.Network.HOST;
  }

  /** Where the scripts that see the machine's programs look for their shell. */
  private String shell() {
    return run.afterwards().orElse(run.script()).shell();
  }

  private static String joined(List<TarDisk.Place> places) {
    return String.join(" ", places.stream().map(TarDisk.Place::toString).toList());
  }

  private void addScript(Map<String, byte[]> files, String name, Script script, View view) {
    ScriptStart start = ScriptStart.of(run, script, view);
    List<String> command =
        new ArrayList<>(List.of("exec", "/bin/sh", "/slipway/programs/script.sh"));
    command.addAll(start.arguments());
    files.put(name, bytes(script.text() + "\n"));
    files.put("start-" + name, bytes(assignments(start.told()) + words(command) + "\n"));
  }

  private static String words(List<String> command) {
    return String.join(" ", command.stream().map(MachineFolder::quoted).toList());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String assignments(Map<String, String> variables) {
    StringBuilder text = new StringBuilder();
    variables.forEach((name, value) ->
        text.append("export ").append(name).append('=').append(quoted(value)).append('\n'));
    return text.toString();
  }

  /** A word of shell that stands for just this text. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private void addStore(Script.VisibleStore store, TarDisk input, List<TarDisk.Place> places)
      throws IOException {
    Set<String> added = new HashSet<>();
    for (Path part : store.folders()) {
      if (!Files.isDirectory(part)) {
        continue; // Nothing was added to it yet.
      }
      List<String> names = new ArrayList<>();
      for (String name : store.objects().isPresent() ? store.objects().get() : names(part)) {
        boolean there = Files.exists(part.resolve(name), LinkOption.NOFOLLOW_LINKS);
        if (there && !name.startsWith(".") && added.add(name)) {
          names.add(name + "\0");
        }
      }
      Files.writeString(folder.resolve("objects"), String.join("", names));
      places.add(input.add(out -> packStore(part, out)));
    }
  }

  /** Adds layers, the highest first, as overlayfs is to have them. */
  private static List<TarDisk.Place> addLayers(List<Layer> layers, TarDisk input)
      throws IOException, InterruptedException {
    List<TarDisk.Place> places = new ArrayList<>();
    List<Set<RawName>> implied = new ArrayList<>();
    for (Layer layer : layers) {
      AtomicReference<OverlayLayer.Lower> lower = new AtomicReference<>();
      places.add(
          input.add(out -> lower.set(TreeSteps.rewrite(layer, "trusted.overlay.opaque", out))));
      implied.add(Set.copyOf(lower.get().implied()));
      if (lower.get().hidesAll()) {
        break;
      }
    }
    Optional<TarSource> correction =
        new ImpliedDirectories(implied, new PackedStack(input, List.copyOf(places))).correction();
    if (correction.isPresent()) {
      places.addFirst(input.add(correction.get()));
    }
    return places;
  }

  private static List<String> names(Path part) throws IOException {
    try (Stream<Path> objects = Files.list(part)) {
      return objects.map(object -> object.getFileName().toString()).sorted().toList();
    }
  }

  /** Packs objects of a part of the store, as root's. */
  private void packStore(Path part, WritableByteChannel out) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                programs.get("tar", "GNU tar").toString(),
                "--create",
                "--file=-",
                "--owner=0",
                "--group=0",
                "--numeric-owner",
                "--null",
                "--files-from=" + folder.resolve("objects"))
            .directory(part.toFile());
    builder.environment().keySet().retainAll(Set.of("PATH"));
    Process tar = builder.start();
    boolean ended = false;
    try {
      tar.getOutputStream().close();
      OutputLines complaints = new OutputLines(tar.errorReader(), _ -> {});
      try (InputStream in = tar.getInputStream()) {
        in.transferTo(Channels.newOutputStream(out));
      }
      int status = tar.onExit().join().exitValue();
      ended = true;
      if (status != 0) {
        throw new ImageException(
            "the store in " + part + " cannot be packed: " + Namespace.reason(complaints.last()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the store was packed");
    } finally {
      if (!ended) {
        tar.destroyForcibly();
      }
    }
  }

  /** Makes an empty file system; its file takes only as much room as is used. */
  private void makeDisk(String name, long bytes, int bytesPerInode)
      throws IOException, InterruptedException {
    Path mke2fs = programs.get("mke2fs", "Debian: e2fsprogs");
    Process process =
        new ProcessBuilder(
                mke2fs.toString(),
                "-q",
                "-F",
                "-t",
                "ext4",
                "-O",
                "^has_journal,^resize_inode",
                "-m",
                "0",
                "-i",
                Integer.toString(bytesPerInode),
                "-E",
                "lazy_itable_init=1,nodiscard",
                folder.resolve(name).toString(),
                bytes / 1024 + "k")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    OutputLines said = new OutputLines(process.inputReader(), _ -> {});
    if (process.waitFor() != 0) {
      throw new ImageException(
          "a disk of "
              + bytes
              + " bytes for "
              + run.script().name()
              + " cannot be made: "
              + Namespace.reason(said.last()));
    }
  }

  /** Where it is. */
  Path path() {
    return folder;
  }

  /** The size in bytes of the largest file that the machine may write: a disk, or a tar of one. */
  long largestFile() {
    return Math.max(roomBytes, 2 * diskBytes + LEAST_ROOM);
  }

  /** What of the emulator's options depends on the run. */
  List<String> devices() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
                "-cpu",
                "max",
                "-m",
                (memory + OWN_MEMORY) / (1 << 20) + "M",
                "-initrd",
                "initramfs",
                "-serial",
                "file:console",
                "-object",
                "rng-random,id=random,filename=/dev/urandom",
                "-device",
                "virtio-rng-pci,rng=random",
                "-device",
                "virtio-serial-pci"));
    List<String> ports = List.of("/dev/stderr", "/dev/stdout", "changes", "over");
    for (int i = 0; i < ports.size(); i++) {
      options.add("-chardev");
      options.add("file,id=port" + i + ",path=" + ports.get(i));
      options.add("-device");
      options.add("virtserialport,nr=" + (i + 1) + ",chardev=port" + i);
    }
    for (String disk : List.of("input", "room", "tree")) {
      boolean readOnly = disk.equals("input");
      options.add("-drive");
      options.add(
          "if=none,format=raw,cache=unsafe,id="
              + disk
              + ",file="
              + disk
              + (readOnly ? ",readonly=on" : ""));
      options.add("-device");
      options.add("virtio-blk-pci,drive=" + disk + ",serial=" + disk);
    }
    if (isOnline()) {
      options.addAll(List.of("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"));
    }
    return options;
  }

  /** What the scripts have left. */
  TreeNode.Directory changes() throws IOException, InterruptedException {
    ChangesetReader reader =
        new ChangesetReader(folder.resolve("contents"), _ -> over(), Optional.empty());
    try (InputStream tar =
        new BufferedInputStream(Files.newInputStream(folder.resolve("changes")), 1 << 16)) {
      return reader.read(tar, "what the script has left");
    } finally {
      for (String file : List.of("changes", "initramfs", "input", "room", "tree")) {
        Files.delete(folder.resolve(file));
      }
    }
  }

  /** The directories that lie over others. */
  private Set<RawName> over() throws IOException {
    Set<RawName> directories = new HashSet<>();
    byte[] bytes = Files.readAllBytes(folder.resolve("over"));
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        directories.add(RawName.ofBytes(Arrays.copyOfRange(bytes, start, i)));
        start = i + 1;
      }
    }
    return directories;
  }
}
