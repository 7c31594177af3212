using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Resp;

/// <summary>Holds the words of a command, one behind the other in one buffer that the next command uses again.</summary>
internal sealed class RespCommand
{
    private const int LargestSize = StoreRequest.LargestContent;

    private const int UsualSize = 256, UsualWords = 8;

    private byte[] _data = new byte[UsualSize];
    private int[] _ends = new int[UsualWords];
    private int _length;

    /// <summary>Gets how many words it has.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a word; the first is the command's name.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return _data.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Removes all words, and gives back what a large command took.</summary>
    public void Clear()
    {
        Count = 0;
        _length = 0;
        if (_data.Length + (_ends.Length * sizeof(int)) <= BufferReuse.KeptSize)
            return;
        _data = new byte[UsualSize];
        _ends = new int[UsualWords];
    }

    /// <summary>Adds a word.</summary>
    public void Add(ReadOnlySpan<byte> word)
    {
        Append(word, word.Length);
        EndWord();
    }

    /// <summary>Adds bytes to the word that is being read.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="expected">How many are still to come, with these.</param>
    /// <exception cref="RespProtocolException">The command is too large.</exception>
    public void Append(ReadOnlySpan<byte> bytes, int expected)
    {
        int needed = _length + bytes.Length;
        if (needed > _data.Length)
            Grow(needed, expected);
        bytes.CopyTo(_data.AsSpan(_length));
        _length = needed;
    }

    /// <summary>Ends the word that is being read.</summary>
    public void EndWord()
    {
        if (Count == _ends.Length)
            Array.Resize(ref _ends, 2 * Count);
        _ends[Count++] = _length;
    }

    /// <summary>Makes room. What a client announces takes memory only as it comes, so the buffer at most doubles.</summary>
    private void Grow(int needed, int expected)
    {
        if ((long)_length + expected > LargestSize)
            throw new RespProtocolException("too big request");
        Array.Resize(ref _data, (int)Math.Min(Math.Max(needed, 2L * _data.Length), LargestSize));
    }
}
