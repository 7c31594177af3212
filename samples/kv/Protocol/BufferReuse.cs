using System.Buffers;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Decides which buffers are used again.</summary>
internal static class BufferReuse
{
    /// <summary>A larger buffer is not kept for a next use: a client may be silent for long.</summary>
    public const int KeptSize = 256 << 10;

    /// <summary>Gives an empty buffer: this one, unless it has grown beyond <see cref="KeptSize"/>.</summary>
    public static ArrayBufferWriter<byte> Renew(this ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptSize)
            return new ArrayBufferWriter<byte>(256);
        buffer.ResetWrittenCount();
        return buffer;
    }
}
