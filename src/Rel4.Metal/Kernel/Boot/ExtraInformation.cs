using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Writes the chunks of information behind the <see cref="BootInfo"/> into their page.</summary>
internal unsafe struct ExtraInformation
{
    private readonly byte* _page;

    /// <param name="page">Is zeroed.</param>
    public ExtraInformation(byte* page) => _page = page;

    /// <summary>Gets the bytes written.</summary>
    public ulong Length { get; private set; }

    /// <summary>Adds a chunk.</summary>
    /// <param name="id">What it holds.</param>
    /// <param name="size">Bytes behind its header; the chunk ends with zeros up to a multiple of 8.</param>
    /// <returns>Where these bytes go.</returns>
    public byte* Add(ulong id, ulong size)
    {
        var header = (BootInfoHeader*)(_page + Length);
        ulong length = ((ulong)sizeof(BootInfoHeader) + size + 7) & ~7UL;
        if (Length + length > 1UL << Limits.PageBits)
            Panic.Boot("there is too much to tell the root task: too many boot modules, or too long command lines"u8);
        *header = new BootInfoHeader { Id = id, Length = length };
        Length += length;
        return (byte*)(header + 1);
    }

    /// <summary>Adds a chunk of bytes, with so many zeros behind.</summary>
    public void Add(ulong id, ReadOnlySpan<byte> content, ulong zeros = 0) => Copy(content, Add(id, (ulong)content.Length + zeros));

    /// <summary>Copies bytes.</summary>
    public static void Copy(ReadOnlySpan<byte> source, byte* destination) => source.CopyTo(new Span<byte>(destination, source.Length));
}
