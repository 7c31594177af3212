using System.Runtime.InteropServices;

namespace Rel4.Metal.User;

/// <summary>Holds the message words that travel in registers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Words
{
    /// <summary>Message word 0.</summary>
    public ulong Word0;

    /// <summary>Message word 1.</summary>
    public ulong Word1;

    /// <summary>Message word 2.</summary>
    public ulong Word2;

    /// <summary>Message word 3.</summary>
    public ulong Word3;
}
