namespace System;

/// <summary>Refers to a run of elements of an array, and can be kept, which a span can't.</summary>
public readonly struct ReadOnlyMemory<T>
    where T : unmanaged
{
    private readonly T[] array;
    private readonly int start;
    private readonly int length;

    internal ReadOnlyMemory(T[] array, int start, int length)
    {
        this.array = array;
        this.start = start;
        this.length = length;
    }

    /// <summary>Refers to all of an array.</summary>
    public static implicit operator ReadOnlyMemory<T>(T[] array) => new(array, 0, array.Length);

    /// <summary>Gets the number of elements.</summary>
    public int Length => length;

    /// <summary>Spans the elements.</summary>
    public ReadOnlySpan<T> Span => length == 0 ? default : ((Span<T>)array).Slice(start, length);
}
