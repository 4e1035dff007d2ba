package section

import (
	"crypto/tls"
	"fmt"

	promconfig "github.com/prometheus/common/config"
)

// TLS is how to trust and be trusted.
type TLS struct {
	CAFile             string `json:"ca_file,omitempty" jsonschema:"the authority to trust; the system's if empty"`
	CertFile           string `json:"cert_file,omitempty" jsonschema:"our certificate"`
	KeyFile            string `json:"key_file,omitempty" jsonschema:"our certificate's key"`
	ServerName         string `json:"server_name,omitempty" jsonschema:"the name in the server's certificate, if not the one that is dialled"`
	InsecureSkipVerify bool   `json:"insecure_skip_verify,omitempty" jsonschema:"trust anybody"`
}

// Config returns the settings as crypto/tls wants them; nil for nil. It reads
// the files, and fails when one cannot be used.
func (t *TLS) Config() (*tls.Config, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // no section, no TLS
	}
	settings := t.Prometheus()
	c, err := promconfig.NewTLSConfig(&settings)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

// Check says why [TLS.Config] would fail. It reads the files.
func (t *TLS) Check() error {
	_, err := t.Config()
	return err
}

// Prometheus returns the settings in Prometheus's own form.
func (t *TLS) Prometheus() promconfig.TLSConfig {
	return promconfig.TLSConfig{
		CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile,
		ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify,
	}
}
