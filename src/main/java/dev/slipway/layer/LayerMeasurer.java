package dev.slipway.layer;

import dev.slipway.files.TreeForm;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the digests of layers, several at a time. The layers that it gives are recipes still, and
 * can be written while others are being measured; its threads then help to read files ahead.
 *
 * <p>Closing it stops all work, ends its threads and forgets what was kept of contents. Layers that
 * are measured by then remain valid; none may be being written.
 */
public final class LayerMeasurer implements AutoCloseable {
  /** How much of the layers' contents is kept outside the heap from measuring to writing. */
  private static final long KEPT = 240 << 20;

  /** How much memory is spent on remembering what files there are. */
  private static final long TABLES = 64 << 20;

  private final int threads;
  private final ExecutorService workers;
  private final DigestCache cache;
  private final LongConsumer progress;
  private final ChunkPool kept;
  private final SegmentPool segments = new SegmentPool();
  private final Budget tables;
  private final Set<PendingLayer> pending = ConcurrentHashMap.newKeySet();
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * A layer to measure.
   *
   * @param recipe what it is made from
   * @param cacheKey under which its measurement is remembered; null if it shall not be
   * @param sizeHint about how many bytes it has, as NAR sizes tell; 0 if that is not known
   * @param arrival brings what it is made from, if that is not there yet
   */
  public record Request(
      LayerRecipe recipe, @Nullable Digest cacheKey, long sizeHint, Arrival arrival) {
    /** A layer whose files are there. */
    public Request(LayerRecipe recipe, @Nullable Digest cacheKey, long sizeHint) {
      this(recipe, cacheKey, sizeHint, Arrival.HERE);
    }

    /** A layer of which it is not known how large it is. */
    public Request(LayerRecipe recipe, @Nullable Digest cacheKey) {
      this(recipe, cacheKey, 0);
    }
  }

  /**
   * Measures nothing yet.
   *
   * @param threads how many layers are measured at a time
   * @param cache knows layers that were measured before
   * @param progress is told the number of bytes whenever some have been measured, by several
   *     threads
   */
  public LayerMeasurer(int threads, DigestCache cache, LongConsumer progress) {
    this(threads, cache, progress, KEPT, TABLES);
  }

  /** The same with bounds in bytes for what is kept of contents and of directories. */
  LayerMeasurer(
      int threads, DigestCache cache, LongConsumer progress, long keptBytes, long tableBytes) {
    this.kept = new ChunkPool(keptBytes);
    this.tables = new Budget(tableBytes);
    this.threads = threads;
    AtomicInteger made = new AtomicInteger();
    this.workers =
        Executors.newFixedThreadPool(
            threads,
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name("slipway-layer-" + made.incrementAndGet())
                    .unstarted(task));
    this.cache = cache;
    this.progress = progress;
  }

  /**
   * Begins to measure these layers, which should be in the order that they are needed in. Of those
   * that the cache knows, the files are looked at, but not read; they need not even be there, and
   * arrive when such a layer is written.
   *
   * @throws IOException if files cannot be fetched that are needed now
   */
  public List<PendingLayer> measure(List<Request> requests) throws IOException {
    List<PendingLayer> layers = requests.stream().map(_ -> new PendingLayer()).toList();
    List<Optional<Measurement>> known = requests.stream().map(this::known).toList();
    List<Integer> order = new ArrayList<>();
    List<Integer> unknown = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      (known.get(i).isEmpty() ? unknown : order).add(i);
    }
    order.addAll(startingOrder(unknown, requests));
    for (int i : order) {
      if (known.get(i).isEmpty()) {
        requests.get(i).arrival().begin();
      }
    }
    waiting.addAndGet(order.size());
    for (int i : order) {
      start(requests.get(i), known.get(i), layers.get(i), layers);
    }
    return layers;
  }

  private Optional<Measurement> known(Request request) {
    return request.cacheKey() == null ? Optional.empty() : cache.get(request.cacheKey());
  }

  /**
   * Layers are begun in the order that they are needed in, but those that alone would keep a thread
   * busy when the others have nothing left to do are begun first. One thread is left for the rest.
   */
  private List<Integer> startingOrder(List<Integer> unknown, List<Request> requests) {
    Comparator<Integer> largestFirst =
        (a, b) -> Long.compare(requests.get(b).sizeHint(), requests.get(a).sizeHint());
    long total = unknown.stream().mapToLong(i -> requests.get(i).sizeHint()).sum();
    List<Integer> order =
        new ArrayList<>(
            unknown.stream()
                .filter(i -> requests.get(i).sizeHint() > total / (2L * threads))
                .sorted(largestFirst)
                .limit(threads - 1L)
                .toList());
    unknown.stream().filter(i -> !order.contains(i)).toList().forEach(order::add);
    return order;
  }

  private void start(
      Request request,
      Optional<Measurement> known,
      PendingLayer layer,
      List<PendingLayer> together) {
    pending.add(layer);
    workers.execute(new Job(request, known, layer, together));
  }

  /**
   * A layer to be measured by a worker, and those that fail if that does. A class, since a lambda
   * of so many parts would be linked while the first layer waits.
   */
  private final class Job implements Runnable {
    private final Request request;
    private final Optional<Measurement> known;
    private final PendingLayer layer;
    private final List<PendingLayer> together;

    Job(
        Request request,
        Optional<Measurement> known,
        PendingLayer layer,
        List<PendingLayer> together) {
      this.request = request;
      this.known = known;
      this.layer = layer;
      this.together = together;
    }

    @Override
    public void run() {
      waiting.decrementAndGet();
      try {
        layer.complete(measure(request, known, layer));
      } catch (Throwable e) { // Errors too: whoever waits must hear of it.
        together.forEach(each -> each.fail(e));
      } finally {
        pending.remove(layer);
      }
    }
  }

  /**
   * Measures one layer in the calling thread.
   *
   * @param recipe what it is made from
   * @param tee gets all its bytes while they are measured; null if nobody wants them
   * @throws IOException if a file cannot be read, or {@code tee} not written
   */
  public Layer measure(LayerRecipe recipe, @Nullable WritableByteChannel tee) throws IOException {
    return measure(members(recipe), tee, () -> false);
  }

  /** Says how a layer goes on. */
  @FunctionalInterface
  public interface Continuation {
    /**
     * What comes next.
     *
     * @throws IOException if it cannot be made
     */
    LayerRecipe recipe() throws IOException;
  }

  /**
   * Measures, in the calling thread, a layer whose rest is known only when its beginning has been
   * read.
   *
   * @param beginning what it begins with
   * @param tee gets all bytes of the beginning's members while they are measured
   * @param rest is asked for the rest as soon as it has got them
   * @throws IOException if a file cannot be read, or {@code tee} not written
   */
  public Layer measure(LayerRecipe beginning, WritableByteChannel tee, Continuation rest)
      throws IOException {
    Members first = members(beginning);
    Kept kept = new Kept(this.kept, tables);
    Meter meter = new Meter(kept, tee, () -> false);
    TarPipeline pipeline = new TarPipeline(this::help, segments, first.remembered(), meter);
    long position = pipeline.run(first.open(0), first.dialect(), 0, 0, false);
    long count = pipeline.members();
    Members second = members(rest.recipe());
    meter.tee = null;
    pipeline = new TarPipeline(this::help, segments, second.remembered(), meter);
    long size = pipeline.run(second.open(0), second.dialect(), position, count);
    Measurement measurement = meter.measurement(size, pipeline.members());
    return layer(new JoinedMembers(first, count, second), measurement, kept);
  }

  private Layer measure(Members members, @Nullable WritableByteChannel tee, BooleanSupplier stop)
      throws IOException {
    Kept beginning = new Kept(kept, tables);
    Meter meter = new Meter(beginning, tee, stop);
    TarPipeline pipeline = new TarPipeline(this::help, segments, members.remembered(), meter);
    long size = pipeline.run(members.open(0), members.dialect(), 0, 0);
    Measurement measurement = meter.measurement(size, pipeline.members());
    return layer(members, measurement, beginning);
  }

  private Layer layer(Members members, Measurement measurement, @Nullable Kept beginning) {
    Blob tar = new MeasuredBlob(members, measurement, beginning, this::help, segments);
    return Layer.of(tar, measurement.entries());
  }

  private Layer measure(Request request, Optional<Measurement> known, PendingLayer result)
      throws IOException {
    Arrival arrival = request.arrival();
    boolean here = arrival.isHere();
    LayerRecipe recipe = request.recipe();
    Members files = members(recipe);
    Members members =
        here ? files : new ArrivingMembers(files, arrival, formed -> members(recipe, formed));
    if (known.isPresent() && (!here || isStill(known.get(), members, result::isDone))) {
      return layer(members, known.get(), null);
    }
    Layer layer = measure(members, null, result::isDone);
    if (request.cacheKey() != null && members.haveStoreModes()) {
      cache.put(
          request.cacheKey(),
          new Measurement(layer.tar().digest(), layer.tar().size(), layer.entries()));
    }
    return layer;
  }

  /**
   * Whether the files are still what was measured, as far as a look at them tells: their number,
   * sizes and modes, of which a cache key says nothing.
   */
  private static boolean isStill(Measurement known, Members members, BooleanSupplier stop)
      throws IOException {
    HeaderEncoder encoder = new HeaderEncoder(members.dialect());
    long size = 0;
    long count = 0;
    Members.Cursor cursor = members.open(0);
    for (Stretch next = cursor.next(); next != null; next = cursor.next()) {
      if (stop.getAsBoolean()) {
        throw new InterruptedIOException("measuring was stopped");
      }
      switch (next) {
        case Member(TarHeader header, _) -> {
          size += encoder.encode(header).remaining();
          size += header.size() + HeaderEncoder.padding(header.size());
        }
        case MemberRun run -> size += run.file().size();
      }
      count += next.count();
    }
    size += TarWriter.end(size);
    return members.haveStoreModes() && size == known.size() && count == known.entries();
  }

  private Members members(LayerRecipe recipe) {
    return members(recipe, Map.of());
  }

  /** The members where these paths lie in the form that they have in a layer of store paths. */
  private Members members(LayerRecipe recipe, Map<String, TreeForm.Formed> formed) {
    // No switch by patterns, here and where a stream's first bytes are made: each is linked when it
    // is first come to, and the first digest would have to wait for that (docs/adr/0002).
    if (recipe instanceof StoreLayer store) {
      return new FileMembers(store, formed, tables);
    }
    if (recipe instanceof TreeLayer tree) {
      return new TreeMembers(tree);
    }
    return new ClosureMembers((ClosureLayer) recipe, tables);
  }

  /** Lets a worker do it that has nothing better to do. */
  private void help(Runnable task) {
    if (waiting.get() == 0) {
      try {
        workers.execute(task);
      } catch (RejectedExecutionException e) {
        // Closed: whoever needs it does it.
      }
    }
  }

  /** Stops all work and waits until it has. What was not measured fails. */
  @Override
  public void close() {
    workers.shutdownNow();
    pending.forEach(layer -> layer.fail(new InterruptedIOException("measuring was stopped")));
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    kept.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Hashes a tar. */
  private final class Meter implements TarPipeline.Sink {
    private final MessageDigest digest = Digest.sha256();
    private final byte[] buffer = segments.take();
    private final Kept beginning;
    private @Nullable WritableByteChannel tee;
    private final BooleanSupplier stop;

    Meter(Kept beginning, @Nullable WritableByteChannel tee, BooleanSupplier stop) {
      this.beginning = beginning;
      this.tee = tee;
      this.stop = stop;
    }

    @Override
    public void bytes(ByteBuffer bytes, long members) throws IOException {
      beginning.bytes(bytes, members);
      hash(bytes);
    }

    @Override
    public void file(SourceFile file) throws IOException {
      beginning.file(file);
      // In whole blocks of the digest, or it would have to put them together.
      file.readInto(ByteBuffer.wrap(buffer, 0, SegmentPool.SEGMENT).slice(), this::hash);
    }

    /** What was measured, in the end. */
    Measurement measurement(long size, long members) {
      segments.give(buffer);
      return new Measurement(Digest.ofBytes(digest.digest()), size, members);
    }

    private void hash(ByteBuffer bytes) throws IOException {
      if (stop.getAsBoolean()) {
        throw new InterruptedIOException("measuring was stopped");
      }
      progress.accept(bytes.remaining());
      digest.update(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      if (tee != null) {
        while (bytes.hasRemaining()) {
          tee.write(bytes);
        }
      }
    }
  }
}
