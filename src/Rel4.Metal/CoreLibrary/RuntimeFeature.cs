namespace System.Runtime.CompilerServices;

/// <summary>Tells the C# compiler what it may use: each constant's presence switches a language feature on.</summary>
public static class RuntimeFeature
{
    /// <summary>References as fields, which spans are made of.</summary>
    public const string ByRefFields = nameof(ByRefFields);

    /// <summary>Static abstract members of interfaces, by which a machine is plugged into the kernel.</summary>
    public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);

    /// <summary><c>nint</c> and <c>nuint</c> as <see cref="IntPtr"/> and <see cref="UIntPtr"/> themselves.</summary>
    public const string NumericIntPtr = nameof(NumericIntPtr);
}

/// <summary>Holds what the C# compiler calls by name.</summary>
public static unsafe class RuntimeHelpers
{
    /// <summary>Tells whether values of a type hold references. ilc provides the body.</summary>
    [Intrinsic]
    public static bool IsReferenceOrContainsReferences<T>() => true;

    /// <summary>Spans the data of a table of more than bytes, such as <c>ReadOnlySpan&lt;int&gt; t = [1, 2]</c>. ilc provides the body.</summary>
    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle field)
        where T : unmanaged
    {
        Environment.FailFast();
        return default;
    }
}
