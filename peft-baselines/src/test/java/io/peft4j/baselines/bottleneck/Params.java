package io.peft4j.baselines.bottleneck;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Trained arrays of a model as plain numbers, which may be changed. */
public final class Params {
  private final Map<String, double[]> values = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  Params(Map<String, INDArray> arrays) {
    arrays.forEach(
        (name, array) -> {
          values.put(name, array.dup('c').data().asDouble());
          shapes.put(name, array.shape());
        });
  }

  /** Whether there is a parameter of this name. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** All entries in row-major order; a change is a change of the parameter. */
  public double[] vector(String name) {
    double[] found = values.get(name);
    if (found == null) {
      throw new AssertionError("no parameter '" + name + "' among " + values.keySet());
    }
    return found;
  }

  /** A matrix as {@code [row][column]}. */
  public double[][] matrix(String name) {
    return matrix(vector(name), 0, (int) shapes.get(name)[0], (int) shapes.get(name)[1]);
  }

  /** The matrices of a three-dimensional array. */
  public double[][][] matrices(String name) {
    double[] entries = vector(name);
    int rows = (int) shapes.get(name)[1];
    int columns = (int) shapes.get(name)[2];
    double[][][] all = new double[(int) shapes.get(name)[0]][][];
    Arrays.setAll(all, i -> matrix(entries, i * rows * columns, rows, columns));
    return all;
  }

  private static double[][] matrix(double[] entries, int from, int rows, int columns) {
    double[][] matrix = new double[rows][];
    Arrays.setAll(
        matrix, r -> Arrays.copyOfRange(entries, from + r * columns, from + (r + 1) * columns));
    return matrix;
  }
}
