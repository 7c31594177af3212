namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Decides which of several stores has a key, by the rules of a Redis Cluster: a key lies in one of 16384 slots, and each store has a range of them.</summary>
public static class KeySlot
{
    private const int Slots = 16384;

    /// <summary>Finds the number of the store that has a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="stores">How many stores there are.</param>
    public static int StoreOf(ReadOnlySpan<byte> key, int stores) => Of(key) * stores / Slots;

    /// <summary>Finds a key's slot: the CRC-16 of its tag, or of all of it.</summary>
    internal static int Of(ReadOnlySpan<byte> key) => Crc16(Tag(key)) % Slots;

    /// <summary>Finds what is between the first <c>{</c> and the next <c>}</c>, which clients use to have several keys in one store; all of the key if there is nothing.</summary>
    private static ReadOnlySpan<byte> Tag(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        int length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        return length > 0 ? key.Slice(open + 1, length) : key;
    }

    /// <summary>Computes CRC-16/XMODEM: polynomial 0x1021, from 0 on.</summary>
    private static ushort Crc16(ReadOnlySpan<byte> bytes)
    {
        int crc = 0;
        foreach (byte next in bytes)
        {
            crc ^= next << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }

        return (ushort)crc;
    }
}
