namespace System;

/// <summary>Compares numbers, as the kernel does for sizes and counts.</summary>
public static class Math
{
    /// <summary>Gets the lesser.</summary>
    public static int Min(int left, int right) => left < right ? left : right;

    /// <summary>Gets the lesser.</summary>
    public static uint Min(uint left, uint right) => left < right ? left : right;

    /// <summary>Gets the lesser.</summary>
    public static ulong Min(ulong left, ulong right) => left < right ? left : right;

    /// <summary>Gets the lesser.</summary>
    public static long Min(long left, long right) => left < right ? left : right;

    /// <summary>Gets the greater.</summary>
    public static long Max(long left, long right) => left > right ? left : right;

    /// <summary>Gets the greater.</summary>
    public static int Max(int left, int right) => left > right ? left : right;

    /// <summary>Gets the greater.</summary>
    public static ulong Max(ulong left, ulong right) => left > right ? left : right;
}
