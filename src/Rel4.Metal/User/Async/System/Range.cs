namespace System;

/// <summary>A place from the beginning or, as <c>^1</c>, from the end. The compiler knows it by name.</summary>
public readonly struct Index(int value, bool fromEnd = false)
{
    /// <summary>Takes a place from the beginning.</summary>
    public static implicit operator Index(int value) => new(value);

    /// <summary>Gets the place among so many.</summary>
    public int GetOffset(int length) => fromEnd ? length - value : value;
}

/// <summary>A run from one place to another, as <c>1..</c>. The compiler knows it by name.</summary>
public readonly struct Range(Index start, Index end)
{
    /// <summary>Gets the first place.</summary>
    public Index Start => start;

    /// <summary>Gets the place behind the last.</summary>
    public Index End => end;
}
