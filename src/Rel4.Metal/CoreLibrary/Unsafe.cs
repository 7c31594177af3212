namespace System.Runtime.CompilerServices;

/// <summary>Turns references into others. Spans, strings and volatile access are built on it.</summary>
/// <remarks>
/// The caller guarantees that the memory is there and holds what the result says. The bodies are right as they stand (nothing ever
/// moves, so a reference is a pointer); as intrinsics they become no code at all.
/// </remarks>
public static unsafe class Unsafe
{
    /// <summary>Gets the bytes that a <typeparamref name="T"/> takes.</summary>
    [Intrinsic]
    public static int SizeOf<T>()
        where T : unmanaged => sizeof(T);

    /// <summary>Refers to what a pointer points to.</summary>
    [Intrinsic]
    public static ref T AsRef<T>(void* source)
        where T : unmanaged => ref *(T*)source;

    /// <summary>Refers to the same place, writable.</summary>
    [Intrinsic]
    public static ref T AsRef<T>(ref readonly T source)
        where T : unmanaged
    {
        fixed (T* place = &source) return ref *place;
    }

    /// <summary>Points to the place.</summary>
    [Intrinsic]
    public static void* AsPointer<T>(ref readonly T source)
        where T : unmanaged
    {
        fixed (T* place = &source) return place;
    }

    /// <summary>Refers to the same place as another type.</summary>
    [Intrinsic]
    public static ref TTo As<TFrom, TTo>(ref TFrom source)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        fixed (TFrom* place = &source) return ref *(TTo*)place;
    }

    /// <summary>Refers to the same object as another type. ilc provides the body.</summary>
    [Intrinsic]
    public static T As<T>(object? value)
        where T : class?
    {
        Environment.FailFast();
        return default!;
    }

    /// <summary>Refers to the place that many elements on.</summary>
    [Intrinsic]
    public static ref T Add<T>(ref T source, int elementOffset)
        where T : unmanaged
    {
        fixed (T* place = &source) return ref place[elementOffset];
    }
}
