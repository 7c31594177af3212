using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>Ends the machine where .NET would throw: a bound overstepped in the kernel has no one to catch it.</summary>
public static class Environment
{
    /// <summary>Ends the machine with a failure. The boot code provides it.</summary>
    [RuntimeImport("*", "metal_panic")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    [Diagnostics.CodeAnalysis.DoesNotReturn]
    public static extern void FailFast();
}
