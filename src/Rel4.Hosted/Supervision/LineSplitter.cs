using System.Text;

namespace Rel4.Hosted.Supervision;

/// <summary>Makes lines of what a task writes.</summary>
/// <remarks>A line that is too long is cut into several, so a task can't fill this process' memory.</remarks>
internal sealed class LineSplitter(Action<string> write)
{
    /// <summary>The longest line in bytes.</summary>
    public const int LongestLine = 16 * 1024;

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            while (part.Length > LongestLine - _length)
            {
                int room = LongestLine - _length;
                Keep(part[..room]);
                part = part[room..];
                Flush();
            }

            Keep(part);
            if (end >= 0)
                Flush();
        }
    }

    /// <summary>Writes the line that has no end yet, if there is one.</summary>
    public void Finish()
    {
        if (_length > 0)
            Flush();
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_line.AsSpan(_length));
        _length += part.Length;
    }

    private void Flush()
    {
        int length = _length > 0 && _line[_length - 1] == '\r' ? _length - 1 : _length;
        _length = 0;
        write(Encoding.UTF8.GetString(_line, 0, length));
    }
}
