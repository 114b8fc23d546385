package io.peft4j.benchmarks.product;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A product by OpenBLAS, batches shared out among Java's threads. */
final class BlasProduct implements Runnable {
  private final Product p;
  private final INDArray a;
  private final INDArray b;
  private final INDArray c;
  private final Worker[] workers;

  BlasProduct(Product p, INDArray a, INDArray b, INDArray c) {
    this.p = p;
    this.a = a;
    this.b = b;
    this.c = c;
    int threads = (int) Math.min(p.batch(), Runtime.getRuntime().availableProcessors());
    workers = new Worker[threads];
    for (int t = 0; t < threads; t++) {
      workers[t] = new Worker(p.batch() * t / threads, p.batch() * (t + 1) / threads);
    }
  }

  @Override
  public void run() {
    if (workers.length == 1) {
      workers[0].run();
    } else {
      IntStream.range(0, workers.length).parallel().forEach(t -> workers[t].run());
    }
  }

  /** Pointers of one thread, moved from product to product. */
  private final class Worker implements Runnable {
    private final long from;
    private final long to;
    private final FloatPointer x = new FloatPointer(a.data().addressPointer());
    private final FloatPointer y = new FloatPointer(b.data().addressPointer());
    private final FloatPointer z = new FloatPointer(c.data().addressPointer());

    Worker(long from, long to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void run() {
      int m = (int) p.m();
      int n = (int) p.n();
      int k = (int) p.k();
      int ldA = p.transposeA() ? m : k;
      int ldB = p.transposeB() ? k : n;
      int tA = p.transposeA() ? openblas.CblasTrans : openblas.CblasNoTrans;
      int tB = p.transposeB() ? openblas.CblasTrans : openblas.CblasNoTrans;
      for (long i = from; i < to; i++) {
        x.position(i * m * k);
        y.position(i * k * n);
        z.position(i * m * n);
        openblas.cblas_sgemm(openblas.CblasRowMajor, tA, tB, m, n, k, 1f, x, ldA, y, ldB, 0f, z, n);
      }
    }
  }
}
