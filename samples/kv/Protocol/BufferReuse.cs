using System.Buffers;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Decides which buffers are used again.</summary>
internal static class BufferReuse
{
    private const int KeptSize = 1 << 20;

    /// <summary>Gives an empty buffer: this one, unless it has grown so large that it should not be kept for the next use.</summary>
    public static ArrayBufferWriter<byte> Renew(this ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptSize)
            return new ArrayBufferWriter<byte>(256);
        buffer.ResetWrittenCount();
        return buffer;
    }
}
