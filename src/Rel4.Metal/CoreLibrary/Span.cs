using System.Runtime.CompilerServices;

namespace System;

/// <summary>Refers to a run of elements in memory that may be written: stack space, a fixed buffer, object memory.</summary>
public readonly ref struct Span<T>
    where T : unmanaged
{
    private readonly ref T reference;
    private readonly int length;

    /// <summary>Spans <paramref name="length"/> elements from <paramref name="pointer"/>; the compiler calls it for <c>stackalloc</c>.</summary>
    public unsafe Span(void* pointer, int length)
    {
        if (length < 0) Environment.FailFast();
        reference = ref Unsafe.AsRef<T>(pointer);
        this.length = length;
    }

    internal Span(ref T reference, int length)
    {
        this.reference = ref reference;
        this.length = length;
    }

    /// <summary>Gets the number of elements.</summary>
    public int Length => length;

    /// <summary>Gets whether there are none.</summary>
    public bool IsEmpty => length == 0;

    /// <summary>Gets an element.</summary>
    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)length) Environment.FailFast();
            return ref Unsafe.Add(ref reference, index);
        }
    }

    /// <summary>Spans an array, where there are some.</summary>
    public static implicit operator Span<T>(T[] array) => array.Length == 0 ? default : new(ref array[0], array.Length);

    /// <summary>Lets a writable span be read.</summary>
    public static implicit operator ReadOnlySpan<T>(Span<T> span) => new(ref span.reference, span.length);

    /// <summary>Spans from <paramref name="start"/> to the end.</summary>
    public Span<T> Slice(int start) => Slice(start, length - start);

    /// <summary>Spans <paramref name="count"/> elements from <paramref name="start"/>.</summary>
    public Span<T> Slice(int start, int count)
    {
        if ((uint)start > (uint)length || (uint)count > (uint)(length - start)) Environment.FailFast();
        return new(ref Unsafe.Add(ref reference, start), count);
    }

    /// <summary>Copies all elements to the beginning of another span, which is no shorter and lies elsewhere.</summary>
    public void CopyTo(Span<T> destination) => ((ReadOnlySpan<T>)this).CopyTo(destination);

    /// <summary>Sets every element to its type's zero.</summary>
    public void Clear()
    {
        for (int i = 0; i < length; i++) Unsafe.Add(ref reference, i) = default;
    }

    /// <summary>Sets every element.</summary>
    public void Fill(T value)
    {
        for (int i = 0; i < length; i++) Unsafe.Add(ref reference, i) = value;
    }

    /// <summary>Gets the first element's place, for <c>fixed</c>.</summary>
    public ref T GetPinnableReference() => ref reference;
}

/// <summary>Refers to a run of elements in memory that is only read: tables in the image among others.</summary>
public readonly ref struct ReadOnlySpan<T>
    where T : unmanaged
{
    private readonly ref T reference;
    private readonly int length;

    /// <summary>Spans <paramref name="length"/> elements from <paramref name="pointer"/>; the compiler calls it for tables of bytes in the image.</summary>
    public unsafe ReadOnlySpan(void* pointer, int length)
    {
        if (length < 0) Environment.FailFast();
        reference = ref Unsafe.AsRef<T>(pointer);
        this.length = length;
    }

    /// <summary>Spans an array. The compiler asks for it before it puts a table into the image instead; no array is ever made.</summary>
    public ReadOnlySpan(T[] array)
    {
        Environment.FailFast();
        this = default;
    }

    /// <summary>Spans part of an array. The compiler asks for it before it puts a <c>u8</c> literal into the image instead.</summary>
    public ReadOnlySpan(T[] array, int start, int length)
    {
        Environment.FailFast();
        this = default;
    }

    /// <summary>Spans an array, where there are some.</summary>
    public static implicit operator ReadOnlySpan<T>(T[] array) => (Span<T>)array;

    internal ReadOnlySpan(ref T reference, int length)
    {
        this.reference = ref reference;
        this.length = length;
    }

    /// <summary>Gets the number of elements.</summary>
    public int Length => length;

    /// <summary>Gets whether there are none.</summary>
    public bool IsEmpty => length == 0;

    /// <summary>Gets an element.</summary>
    public ref readonly T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)length) Environment.FailFast();
            return ref Unsafe.Add(ref reference, index);
        }
    }

    /// <summary>Spans from <paramref name="start"/> to the end.</summary>
    public ReadOnlySpan<T> Slice(int start) => Slice(start, length - start);

    /// <summary>Spans <paramref name="count"/> elements from <paramref name="start"/>.</summary>
    public ReadOnlySpan<T> Slice(int start, int count)
    {
        if ((uint)start > (uint)length || (uint)count > (uint)(length - start)) Environment.FailFast();
        return new(ref Unsafe.Add(ref reference, start), count);
    }

    /// <summary>Copies all elements to the beginning of another span, which is no shorter and lies elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void CopyTo(Span<T> destination)
    {
        if (length > destination.Length) Environment.FailFast();
        byte* to = (byte*)Unsafe.AsPointer(in destination.GetPinnableReference()), from = (byte*)Unsafe.AsPointer(in reference);
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        // Where the length is a constant, as of one number, this is all that is left.
        if (bytes == sizeof(ulong))
            *(ulong*)to = *(ulong*)from;
        else
            SpanHelpers.Copy(to, from, bytes);
    }

    /// <summary>Gets the first element's place, for <c>fixed</c>.</summary>
    public ref readonly T GetPinnableReference() => ref reference;
}
