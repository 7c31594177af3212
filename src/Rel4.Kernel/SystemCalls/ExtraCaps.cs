namespace Rel4.Kernel;

/// <summary>Holds the slots of the capabilities sent with a message; null behind the last.</summary>
internal unsafe struct ExtraCaps
{
    private Slot* _first;
    private Slot* _second;
    private Slot* _third;

    public Slot* this[int index]
    {
        readonly get => index switch { 0 => _first, 1 => _second, _ => _third };
        set
        {
            switch (index)
            {
                case 0: _first = value; break;
                case 1: _second = value; break;
                default: _third = value; break;
            }
        }
    }
}
