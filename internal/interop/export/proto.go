package export

import "google.golang.org/protobuf/encoding/protowire"

// A message is a protocol buffer under construction, a run of fields.
type message []byte

func (m *message) text(field protowire.Number, s string) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendString(*m, s)
}

func (m *message) number(field protowire.Number, n int) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(n))
}

func (m *message) fixed32(field protowire.Number, bits uint32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, bits)
}

// message adds a field whose value is a message, or bytes.
func (m *message) message(field protowire.Number, sub []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, sub)
}
