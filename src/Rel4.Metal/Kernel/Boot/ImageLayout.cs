using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Tells where the parts of the running image lie; <c>Boot/start.asm</c> fills it in. Each starts on a page and ends where the next one starts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ImageLayout
{
    /// <summary>Code.</summary>
    public ulong Text;

    /// <summary>Constants.</summary>
    public ulong ReadOnly;

    /// <summary>Variables.</summary>
    public ulong Data;

    /// <summary>Behind the image.</summary>
    public ulong End;

    /// <summary>The first of the stubs, 16 bytes each, that exceptions and interrupts lead to.</summary>
    public ulong Stubs;

    /// <summary>Where SYSCALL leads, and what leads back: two addresses for the only processor, then two for each of several.</summary>
    public ulong Paths;

    /// <summary>The <see cref="KernelLock"/>.</summary>
    public ulong Lock;

    /// <summary>The areas of the processors (<see cref="ProcessorArea"/>).</summary>
    public ulong Processors;

    /// <summary>The tables that the image starts with, and other processors, too: three pages, the third of which maps the first GiB in large pages.</summary>
    public ulong BootTables;
}
