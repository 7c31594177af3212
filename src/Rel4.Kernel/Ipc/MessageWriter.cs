using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Writes message words one after another.</summary>
internal unsafe ref struct MessageWriter
{
    private readonly UserContext* _registers;
    private readonly IpcBuffer* _buffer;
    private uint _length;

    public MessageWriter(Tcb* receiver, IpcBuffer* buffer)
        : this(&receiver->Context, buffer)
    {
    }

    public MessageWriter(UserContext* registers, IpcBuffer* buffer)
    {
        _registers = registers;
        _buffer = buffer;
    }

    /// <summary>Gets how many words the receiver can see.</summary>
    public readonly uint Length => Message.Delivered(_buffer, _length);

    public void Add(ulong word) => Message.SetWord(_registers, _buffer, _length++, word);

    /// <summary>Adds the description of a failed lookup.</summary>
    public void Add(in LookupFailure failure)
    {
        for (uint i = 0; i < failure.Length; i++)
        {
            Add(i switch
            {
                0 => (ulong)failure.Type,
                1 => failure.BitsLeft,
                2 => failure.Detail1,
                _ => failure.Detail2,
            });
        }
    }
}
