namespace System;

/// <summary>Spans arrays and parts of them.</summary>
public static class MemoryExtensions
{
    /// <summary>Spans an array.</summary>
    public static Span<T> AsSpan<T>(this T[] array)
        where T : unmanaged => array;

    /// <summary>Refers to a part of an array.</summary>
    public static ReadOnlyMemory<T> AsMemory<T>(this T[] array, int start, int length)
        where T : unmanaged
    {
        if ((uint)start > (uint)array.Length || (uint)length > (uint)(array.Length - start))
            Environment.FailFast();
        return new(array, start, length);
    }
}
