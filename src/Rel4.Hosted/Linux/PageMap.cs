using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Tells which pages of the calling process' own memory were ever touched (<c>proc_pid_pagemap(5)</c>).</summary>
internal sealed class PageMap : IDisposable
{
    private const int PageShift = 12;

    /// <summary>Bits of an entry: the page is in memory, or swapped out.</summary>
    private const ulong PresentOrSwapped = 0b11UL << 62;

    private readonly SafeFileHandle? _file = TryOpen();

    /// <summary>Finds out about pages that follow each other.</summary>
    /// <param name="memory">The first.</param>
    /// <param name="touched">
    /// Gets 0 for each that reads as zero because nobody has touched it. If Linux does not tell, none is.
    /// </param>
    public unsafe void Read(byte* memory, Span<ulong> touched)
    {
        Span<byte> entries = MemoryMarshal.AsBytes(touched);
        long offset = (long)((ulong)memory >> PageShift) * sizeof(ulong);
        if (_file == null || RandomAccess.Read(_file, entries, offset) != entries.Length)
            touched.Fill(PresentOrSwapped);
        foreach (ref ulong entry in touched)
            entry &= PresentOrSwapped;
    }

    public void Dispose() => _file?.Dispose();

    private static SafeFileHandle? TryOpen()
    {
        try
        {
            return File.OpenHandle("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
